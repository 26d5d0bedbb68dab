/**
 * What a run that was not closed has left unfinished: records that may not be durable (recover.ts tells which), and segments
 * without a footer. Whatever now holds for the ids of such records is made durable once more, then the segments are sealed.
 * On a full disk reading and deleting go on, and this is tried again until there is room.
 */
import { Uint8ArrayList } from 'uint8arraylist'
import type { Clock, Timer } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import { shardKey } from '../shard-key.ts'
import { StoreError } from '../store-error.ts'
import type { Unsure } from './replay.ts'
import type { ShardIndex } from './shard-index.ts'
import type { ShardReader } from './shard-reader.ts'
import type { ShardWriter } from './shard-writer.ts'
import type { Turns } from './turns.ts'

/** How long to wait on a full disk. */
const againMs = 5000
const atOnce = 64

export interface LastRunComponents {
  readonly clock: Clock
  readonly logger: Logger
  readonly index: ShardIndex
  readonly turns: Turns
  readonly reader: ShardReader
  readonly writer: ShardWriter
}

export class LastRun {
  readonly #components: LastRunComponents
  readonly #finished: () => void
  #again: Timer | undefined
  #trying: Promise<void> | undefined
  #isStopped = false

  /** @param finished called once, when all is durable */
  constructor(components: LastRunComponents, finished: () => void) {
    this.#components = components
    this.#finished = finished
  }

  /** @throws StoreError STORE_FAILED */
  async finish(unsure: readonly Unsure[], seal: () => Promise<void>): Promise<void> {
    const { clock, logger } = this.#components
    try {
      const isWhole = await this.#affirmAll(unsure)
      // Without its last group a segment would not even know that a shard is damaged: then it is scanned again the next time.
      if (isWhole) await seal()
    } catch (error) {
      if (this.#isStopped) return
      if (!(error instanceof StoreError) || error.code !== 'STORE_FULL') throw error
      logger.warn({ error }, 'what the last run left unfinished could not be written again')
      this.#again = clock.setTimer(againMs, () => {
        this.#trying = this.finish(unsure, seal).catch((failure) => {
          logger.error({ error: failure }, 'what the last run left unfinished cannot be written again in this one')
        })
      })
      return
    }
    this.#finished()
  }

  /** Resolves when nothing is tried any more. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#again?.cancel()
    await this.#trying
  }

  /** False when what holds for some id cannot be read any more. */
  async #affirmAll(unsure: readonly Unsure[]): Promise<boolean> {
    let isWhole = true
    for (let first = 0; first < unsure.length; first += atOnce) {
      const affirmed = await Promise.all(unsure.slice(first, first + atOnce).map((one) => this.#affirm(one)))
      isWhole &&= affirmed.every((done) => done)
    }
    return isWhole
  }

  async #affirm({ id, day }: Unsure): Promise<boolean> {
    const { clock, index, reader, turns, writer } = this.#components
    const release = await turns.take(shardKey(id))
    try {
      const entry = index.get(id, clock.nowMs())
      if (entry === undefined) {
        await writer.void(id, day)
        return true
      }
      const record = await reader.record(entry)
      if (record === undefined) return false
      const { checksum, deleteAfterMs } = entry
      const body = new Uint8ArrayList(record.body)
      await writer.rewrite({ id, runId: record.runId, body, checksum, deleteAfterMs }, day)
      return true
    } finally {
      release()
    }
  }
}
