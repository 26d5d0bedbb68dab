import { maximumCostBytes } from './frame.ts'

/**
 * What one peer can make this one hold, per stream and direction:
 *
 *   requests received         windowBytes                                                      8 MiB
 *   replies being made        runningLimit × 1 MiB at most (512 KiB shards: 16 MiB)            32 MiB
 *   replies not yet sent      what is over windowBytes / 4 starts no more handlers             2 MiB
 *
 * and a peer has a control and a bulk stream in each direction.
 */
export interface RpcLimits {
  /** Time for opening a connection and a stream and for the hello over it. Default 10,000. */
  readonly connectTimeoutMs: number
  /** Time for the hello on a stream that a peer opened. Default 10,000. */
  readonly helloTimeoutMs: number
  /** Streams whose opener has not been let in yet; one more, and the oldest goes. Default 256. */
  readonly helloLimit: number
  /** Streams that one peer may have open towards us. Default 8: two lanes, and leftovers of broken connections. */
  readonly streamLimit: number
  /** Heads and bodies that a peer may have in flight on a stream. Default 8 MiB, at least 2.2 MiB. */
  readonly windowBytes: number
  /** Requests that a peer may have in flight on a stream. Default 256. */
  readonly requestLimit: number
  /** Handlers that run at a time per stream. Default 32. */
  readonly runningLimit: number
  /** Calls to one peer and lane that wait to be sent. Default 8192. */
  readonly queueLimit: number
}

const defaultRpcLimits: RpcLimits = {
  connectTimeoutMs: 10_000,
  helloTimeoutMs: 10_000,
  helloLimit: 256,
  streamLimit: 8,
  windowBytes: 8 << 20,
  requestLimit: 256,
  runningLimit: 32,
  queueLimit: 8192,
}

/** @throws RangeError */
export function resolveLimits(limits: Partial<RpcLimits> = {}): RpcLimits {
  const resolved = { ...defaultRpcLimits, ...limits }
  for (const [name, value] of Object.entries(resolved)) {
    if (!Number.isSafeInteger(value) || value < 1)
      throw new RangeError(`${name} must be a positive integer, not ${value}`)
  }
  if (resolved.windowBytes < 2 * maximumCostBytes) {
    throw new RangeError(`windowBytes must be at least ${2 * maximumCostBytes}, not ${resolved.windowBytes}`)
  }
  return resolved
}
