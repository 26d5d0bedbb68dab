/** Work that nobody waits for, until the end. */
export class Background {
  readonly #running = new Set<Promise<void>>()

  /** @param work must not reject */
  add(work: Promise<void>): void {
    const done = work.finally(() => this.#running.delete(done))
    this.#running.add(done)
  }

  /** Resolves when all of it is over. */
  async settled(): Promise<void> {
    await Promise.all(this.#running)
  }
}
