/**
 * Reads all that a node holds, over and over, so that damage is found while other nodes can still make up for it: a pass takes
 * a period, thirty days unless said otherwise, in an order of its own (order.ts). What is damaged stays where it is, is
 * never served, and is listed until it has been stored again or deleted; care/mender.ts sees to that where other nodes can help.
 *
 * A shard is due at the same share of the period as its place in the order. Who is late, because the node was off or the
 * disk is slow, catches up, but rests longer than it reads. A hurried pass does not wait for the period, and rests as long as it
 * reads: the disk is at least half for others.
 */
import { sleep } from '../clock/sleep.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import type { ShardStore } from '../ports/shard-store.ts'
import { StoreError } from '../store/store-error.ts'
import { endOfOrder, idsWithin, windowEnd } from './order.ts'
import { type DamagedShard, isStillThere, maximumListed, mostTold, newPass, type ScrubState } from './state.ts'

export interface ScrubParts {
  readonly store: ShardStore
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** What a pass takes when it is not hurried. */
  readonly periodMs: number
  /** How far the last run was; undefined: there was none. */
  readonly state: ScrubState | undefined
  /** Remembers how far it is. */
  readonly save: (state: ScrubState) => Promise<void>
}

export interface ScrubReport extends Omit<ScrubState, 'key' | 'position'> {
  /** The first hundred of the damaged shards. */
  readonly damaged: DamagedShard[]
  readonly damagedShards: number
  /** How much of the pass is done: 0 … 1. */
  readonly progress: number
  readonly isHurried: boolean
  readonly periodMs: number
}

/** Rests for each millisecond of reading. */
const restWhenLate = 3
const restWhenHurried = 1
/** How much may be read again after a crash. */
const saveIntervalMs = 60_000
/** Nothing sleeps longer at a time than a timer can wait. */
const longestSleepMs = 86_400_000

export class Scrub {
  readonly #parts: ScrubParts
  #state: ScrubState
  #isHurried = false
  #savedMs = 0
  readonly #stop = new AbortController()
  /** Aborted to end a rest. */
  #wake = new AbortController()
  #running: Promise<void> | undefined

  constructor(parts: ScrubParts) {
    this.#parts = parts
    this.#state = parts.state ?? newPass(parts.random.uint32(), parts.clock.nowMs())
  }

  /** Goes on where the last run was, until it is stopped. @param found called for each damaged shard that is found */
  start(found: (shard: DamagedShard) => void): void {
    this.#running ??= this.#run(found).catch((error) => {
      if (!this.#stop.signal.aborted) this.#parts.logger.error({ error }, 'the scrub has ended')
    })
  }

  /** Begins a pass now and does not wait for the period. */
  hurry(): void {
    const { clock, random } = this.#parts
    this.#state = newPass(random.uint32(), clock.nowMs(), this.#state)
    this.#isHurried = true
    this.#wake.abort()
    this.#wake = new AbortController()
  }

  report(): ScrubReport {
    const { key: _key, position, ...state } = this.#state
    const damaged = this.#damaged()
    return {
      ...state,
      damaged: damaged.slice(0, mostTold),
      damagedShards: damaged.length,
      progress: position / endOfOrder,
      isHurried: this.#isHurried,
      periodMs: this.#parts.periodMs,
    }
  }

  async stop(): Promise<void> {
    if (this.#stop.signal.aborted) return
    this.#stop.abort(new StoreError('STORE_CLOSED', 'the store is closed'))
    await this.#running
    await this.#save()
  }

  async #run(found: (shard: DamagedShard) => void): Promise<void> {
    const { clock, logger, random } = this.#parts
    for (;;) {
      while (this.#state.position < endOfOrder) await this.#window(found)
      const { checkedShards, checkedBytes, unreadableShards, damaged } = this.#state
      logger.info(
        { checkedShards, checkedBytes, unreadableShards, damaged: damaged.length },
        'a pass of the scrub is over',
      )
      this.#isHurried = false
      this.#state = { ...this.#state, completedMs: clock.nowMs() }
      await this.#save()
      await this.#until(this.#dueMs(endOfOrder))
      if (this.#state.position >= endOfOrder) this.#state = newPass(random.uint32(), clock.nowMs(), this.#state)
    }
  }

  /** The next part of the order. A pass that is begun meanwhile ends it. */
  async #window(found: (shard: DamagedShard) => void): Promise<void> {
    const { store } = this.#parts
    const { key, position } = this.#state
    const end = windowEnd(position, store.usage().shardCount)
    for (const { id, position: at } of idsWithin(store.ids(), key, position, end)) {
      await this.#until(this.#dueMs(at))
      if (this.#state.key !== key) return
      await this.#check(id, found)
      if (this.#state.key !== key) return
      this.#state = { ...this.#state, position: at + 1 }
      await this.#saveSometimes()
    }
    await this.#until(this.#dueMs(end))
    if (this.#state.key === key) this.#state = { ...this.#state, position: end }
  }

  async #check(id: Uint8Array, found: (shard: DamagedShard) => void): Promise<void> {
    const { clock, store } = this.#parts
    const startMs = clock.monotonicMs()
    const status = store.stat(id)
    if (status === undefined) return
    const readBytes = await this.#read(id)
    if (readBytes === 'damaged') {
      const { unit, segment, offsetBytes } = status
      const shard = { id: Buffer.from(id).toString('hex'), unit, segment, offsetBytes, foundMs: clock.nowMs() }
      this.#list(shard)
      found(shard)
    }
    const { checkedShards, checkedBytes, unreadableShards } = this.#state
    this.#state = {
      ...this.#state,
      checkedShards: checkedShards + 1,
      checkedBytes: checkedBytes + (typeof readBytes === 'number' ? readBytes : 0),
      unreadableShards: unreadableShards + (readBytes === 'unreadable' ? 1 : 0),
    }
    const rest = this.#isHurried ? restWhenHurried : restWhenLate
    await sleep(clock, Math.ceil((clock.monotonicMs() - startMs) * rest), this.#stop.signal)
  }

  async #read(id: Uint8Array): Promise<number | 'damaged' | 'unreadable'> {
    try {
      return (await this.#parts.store.get(id))?.length ?? 0
    } catch (error) {
      this.#stop.signal.throwIfAborted()
      if (!(error instanceof StoreError)) throw error
      return error.code === 'SHARD_CORRUPT' ? 'damaged' : 'unreadable'
    }
  }

  /** Those that were found first stay: there is no more to learn from the thousandth of a dying disk. */
  #list(shard: DamagedShard): void {
    this.#parts.logger.error({ id: shard.id, unit: shard.unit }, 'a stored shard is damaged')
    const others = this.#damaged().filter(({ id }) => id !== shard.id)
    this.#state = { ...this.#state, damaged: [...others, shard].slice(0, maximumListed) }
    this.#savedMs = 0
  }

  /** What was found and is still there. */
  #damaged(): DamagedShard[] {
    const { store } = this.#parts
    return this.#state.damaged.filter((shard) => isStillThere(shard, store.stat(Buffer.from(shard.id, 'hex'))))
  }

  #dueMs(position: number): number {
    return this.#isHurried ? 0 : this.#state.startedMs + (this.#parts.periodMs * position) / endOfOrder
  }

  /** Waits for a moment, or for a pass that is begun meanwhile. */
  async #until(dueMs: number): Promise<void> {
    const { clock } = this.#parts
    const wake = this.#wake.signal
    const ends = AbortSignal.any([this.#stop.signal, wake])
    while (!wake.aborted) {
      this.#stop.signal.throwIfAborted()
      const leftMs = dueMs - clock.nowMs()
      if (leftMs <= 0) return
      await sleep(clock, Math.min(leftMs, longestSleepMs), ends).catch(() => {})
    }
  }

  async #saveSometimes(): Promise<void> {
    const nowMs = this.#parts.clock.monotonicMs()
    if (this.#savedMs !== 0 && nowMs - this.#savedMs < saveIntervalMs) return
    this.#savedMs = nowMs
    await this.#save()
  }

  async #save(): Promise<void> {
    try {
      await this.#parts.save(this.#state)
    } catch (error) {
      this.#parts.logger.warn({ error }, 'how far the scrub is could not be saved')
    }
  }
}
