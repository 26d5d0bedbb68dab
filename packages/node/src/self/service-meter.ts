/**
 * How well this node serves what it is asked for: measured where requests for shards are handled, so that it costs a few
 * additions each. In failures and in the queue the past fades with time; so a node that nobody asks any more, because it did
 * badly, is given another try.
 */
import type { Performance, ServiceQuality } from '@p2pstore/state'
import { CodedError } from '../coded-error.ts'
import { locationPut, shardGet, shardPut, shardsGet, shardsPut } from '../messages/shard-messages.ts'
import type { Clock } from '../ports/clock.ts'
import type { Handler, Reply, Request } from '../protocol/handler.ts'
import { SpeedMeter } from './speed-meter.ts'

/** What happened this long ago counts half. */
const failureHalfLifeMs = 60_000
const queueHalfLifeMs = 5_000
/** A failure of a few requests is no rate yet. */
const leastRequests = 32
/** More at a time than one peer has running on a lane, twice over: whoever has the choice should go elsewhere. */
const busyDepth = 64
const calmDepth = 32
const mostDepth = 1_000_000
const writes: ReadonlySet<string> = new Set([shardPut, shardsPut, locationPut].map(({ method }) => method))
/** Codes that are the node's own fault; what comes without a code is too. */
const faults: ReadonlySet<string> = new Set(['STORE_FAILED', 'SHARD_CORRUPT', 'STORE_CLOSED'])

export class ServiceMeter {
  readonly #clock: Pick<Clock, 'monotonicMs'>
  readonly #read = new SpeedMeter()
  readonly #write = new SpeedMeter()
  #underWay = 0
  #meanDepth = 0
  #requests = 0
  #failures = 0
  #sinceMs: number
  #isBusy = false

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock
    this.#sinceMs = clock.monotonicMs()
  }

  /** The same handlers, watched. */
  watch(handlers: ReadonlyMap<string, Handler>): ReadonlyMap<string, Handler> {
    return new Map([...handlers].map(([method, handle]) => [method, (request) => this.#watched(request, handle)]))
  }

  /** @param hasRoom whether the node can take another shard */
  quality(hasRoom: boolean): ServiceQuality {
    this.#passTime()
    this.#isBusy = this.#meanDepth >= (this.#isBusy ? calmDepth : busyDepth)
    const admission = this.#isBusy ? 'busy' : 'open'
    return {
      errorPerMille: Math.round((this.#failures * 1000) / Math.max(this.#requests, leastRequests)),
      queueDepth: Math.min(mostDepth, Math.round(this.#meanDepth)),
      admission: hasRoom ? admission : 'closed',
    }
  }

  /** Undefined before enough requests have been served. */
  performance(): Performance | undefined {
    const [read, write] = [this.#read.digest(), this.#write.digest()]
    if (read === undefined && write === undefined) return undefined
    return { ...(read && { read }), ...(write && { write }) }
  }

  async #watched(request: Request, handle: Handler): Promise<Reply> {
    const speed = this.#speedOf(request)
    const startMs = this.#passTime()
    this.#underWay += 1
    speed?.begin(startMs)
    let servedBytes: number | undefined
    let isFault = false
    try {
      const reply = await handle(request)
      servedBytes = request.body.byteLength + (reply.body?.byteLength ?? 0)
      isFault = tellsOfFault(reply)
      return reply
    } catch (error) {
      isFault = isOwnFault(error, request)
      throw error
    } finally {
      const nowMs = this.#passTime()
      this.#underWay -= 1
      speed?.end(servedBytes, nowMs - startMs, nowMs)
      this.#requests += 1
      if (isFault) this.#failures += 1
    }
  }

  /** Of what is only taken into memory, the time says nothing about the disk. */
  #speedOf({ method, head }: Request): SpeedMeter | undefined {
    if (method === shardGet.method || method === shardsGet.method) return this.#read
    const isDurable = (head as { durability?: unknown } | null)?.durability !== 'memory'
    const isWrite = writes.has(method)
    return isWrite && isDurable ? this.#write : undefined
  }

  /** @returns the time */
  #passTime(): number {
    const nowMs = this.#clock.monotonicMs()
    const elapsedMs = nowMs - this.#sinceMs
    this.#sinceMs = nowMs
    this.#meanDepth = this.#underWay + (this.#meanDepth - this.#underWay) * 2 ** (-elapsedMs / queueHalfLifeMs)
    const lasting = 2 ** (-elapsedMs / failureHalfLifeMs)
    this.#requests *= lasting
    this.#failures *= lasting
    return nowMs
  }
}

/** An answer about many shards tells of each what was wrong with it. */
function tellsOfFault({ head }: Reply): boolean {
  const { shards } = (head ?? {}) as { readonly shards?: readonly unknown[] }
  return shards?.some((shard) => faults.has((shard as { readonly code?: string } | null)?.code ?? '')) ?? false
}

/** What a handler throws once it was told to stop says nothing. */
function isOwnFault(error: unknown, { signal }: Request): boolean {
  return error instanceof CodedError ? faults.has(error.code) : !signal.aborted
}
