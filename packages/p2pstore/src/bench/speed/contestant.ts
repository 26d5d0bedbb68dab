/** One way of doing an operation, ready to be timed. */
export interface Contestant extends Disposable {
  readonly engine: string
  /** The scheme as the engine computes it: byte engines know Reed–Solomon only in its Vandermonde form. */
  readonly form: string
  readonly threads: number
  /** Runs it takes at least until all that is prepared while running has been prepared. */
  readonly coldRuns: number
  /** Does the operation so many times. A promise where other threads help. */
  repeat(times: number): void | Promise<void>
}

export const operations = ['encode', 'encode-copied', 'reconstruct', 'update', 'verify', 'join'] as const

export type Operation = (typeof operations)[number]

/** What contestants compete in. */
export interface Discipline {
  readonly scheme: string
  readonly operation: Operation
  readonly shardBytes: number
  /** How many shards are lost, for `reconstruct`; 0 otherwise. */
  readonly lost: number
}

export function isEncoding({ operation }: Discipline): boolean {
  return operation === 'encode' || operation === 'encode-copied'
}
