/** What the demo prints: one line a step, with what it took and what was seen. */
export class Report {
  readonly #startedMs = performance.now()
  #steps = 0

  /** Does one step of the story; what it returns is its figures. @throws Error naming the step that failed */
  async step(title: string, act: () => Promise<string>): Promise<void> {
    const startedMs = performance.now()
    if (process.stdout.isTTY) process.stdout.write(`  … ${title}`)
    try {
      const figures = await act()
      const seconds = ((performance.now() - startedMs) / 1000).toFixed(2)
      const start = process.stdout.isTTY ? '\r' : ''
      process.stdout.write(`${start}  ✓ ${title.padEnd(58)} ${seconds.padStart(6)} s   ${figures}\n`)
      this.#steps += 1
    } catch (cause) {
      process.stdout.write('\n')
      throw new Error(`${title}: ${cause instanceof Error ? cause.message : cause}`, { cause })
    }
  }

  close(): void {
    const seconds = ((performance.now() - this.#startedMs) / 1000).toFixed(1)
    process.stdout.write(`\n${this.#steps} steps passed in ${seconds} s. Every byte came back as it was stored.\n`)
  }
}

export function speedOf(bytes: number, seconds: number): string {
  return `${(bytes / 2 ** 20 / seconds).toFixed(0)} MiB/s`
}
