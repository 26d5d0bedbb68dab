/** What a crowd of writers, each waiting for its own acknowledgement, got done. */
export interface CrowdResult {
  readonly seconds: number
  /** From the call to the acknowledgement, of every write, in milliseconds, sorted. */
  readonly latenciesMs: readonly number[]
}

/** Does jobs 0 … count − 1, `writers` of them at any time. */
export async function crowd(
  count: number,
  writers: number,
  job: (number: number) => Promise<unknown>,
): Promise<CrowdResult> {
  const latenciesMs: number[] = []
  let next = 0
  const work = async (): Promise<void> => {
    while (next < count) {
      const startMs = performance.now()
      await job(next++)
      latenciesMs.push(performance.now() - startMs)
    }
  }
  const startMs = performance.now()
  await Promise.all(Array.from({ length: writers }, work))
  const seconds = (performance.now() - startMs) / 1000
  return { seconds, latenciesMs: latenciesMs.sort((a, b) => a - b) }
}

export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
