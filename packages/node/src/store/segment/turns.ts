/** One at a time for each key: whoever takes a turn waits until those before have given theirs back. */
export class Turns {
  /** Who waits in line for each key that somebody has. */
  readonly #lines = new Map<string, (() => void)[]>()

  /** Resolves to the function that gives the turn back; further calls of it do nothing. */
  async take(key: string): Promise<() => void> {
    const line = this.#lines.get(key)
    if (line === undefined) this.#lines.set(key, [])
    else await new Promise<void>((resolve) => line.push(resolve))
    let isMine = true
    return () => {
      if (isMine) this.#pass(key)
      isMine = false
    }
  }

  #pass(key: string): void {
    const next = this.#lines.get(key)!.shift()
    if (next === undefined) this.#lines.delete(key)
    else next()
  }
}
