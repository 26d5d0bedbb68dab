/** One at a time for each key: whoever takes a turn waits until those before have given theirs back. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>()

  /** Resolves to the function that gives the turn back; further calls of it do nothing. */
  async take(key: string): Promise<() => void> {
    const before = this.#last.get(key)
    let release = (): void => {}
    const mine = new Promise<void>((resolve) => {
      release = resolve
    })
    this.#last.set(key, mine)
    if (before !== undefined) await before
    return () => {
      if (this.#last.get(key) === mine) this.#last.delete(key)
      release()
    }
  }
}
