/**
 * Puts and deletes. Writes to one id take turns, so each sees the outcome of the one before: whether the id is taken, and
 * by what. The turn ends when the record is durable, or could not be made so; the index changes in that moment, so that
 * what a new record voids counts, and stays on the disk, until then.
 */
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import { type PutOptions, runIdBytes, type ShardWrite } from '../../ports/shard-store.ts'
import { checksOf } from '../body-checks.ts'
import { shardKey } from '../shard-key.ts'
import { StoreError } from '../store-error.ts'
import type { Appender } from './appender.ts'
import type { NewRecord } from './batch.ts'
import { deletionDay, laterDay } from './deletion-day.ts'
import { recordKinds, replacesFlag } from './record.ts'
import type { Entry, ShardIndex } from './shard-index.ts'
import type { ShardReader } from './shard-reader.ts'
import type { Turns } from './turns.ts'
import type { VolatileShards } from './volatile-shards.ts'

export interface ShardWriterComponents {
  readonly clock: Clock
  readonly logger: Logger
  readonly index: ShardIndex
  readonly volatileShards: VolatileShards
  readonly appender: Appender
  readonly turns: Turns
  readonly reader: ShardReader
}

interface Held {
  readonly entry: Entry
  readonly runId: Uint8Array
}

interface Append {
  readonly table: Uint8Array
  /** The longest-lived bucket with a record that this one voids, which must live as long; undefined when it voids none. */
  readonly voidedDay: number | undefined
  /** Whether the put is over as soon as the shard can be read. */
  readonly isVolatile: boolean
  readonly mayUseReserve: boolean
  /** Ends the turn; called when the record is durable or refused. */
  readonly release: () => void
}

export class ShardWriter {
  readonly #components: ShardWriterComponents

  constructor(components: ShardWriterComponents) {
    this.#components = components
  }

  /**
   * @param table the checksum table of the body
   * @throws StoreError SHARD_CONFLICT, STORE_FULL, STORE_FAILED, STORE_CLOSED
   */
  async put(write: ShardWrite, table: Uint8Array, options: PutOptions): Promise<Entry> {
    const release = await this.#components.turns.take(shardKey(write.id))
    try {
      const old = this.#durable(write.id)
      const held = old !== undefined && options.ifPresent !== 'replace' ? await this.#held(old) : undefined
      if (held !== undefined && !isSame(held, write)) {
        throw new StoreError('SHARD_CONFLICT', 'the id holds another shard')
      }
      // After a write has failed, a record that voids what is there may be on the disk.
      if (held === undefined || this.#components.appender.doubtfulDay !== undefined) {
        const isVolatile = options.durability === 'memory'
        return await this.#append(write, {
          table,
          voidedDay: this.#voidedDay(old),
          isVolatile,
          mayUseReserve: false,
          release,
        })
      }
      release()
      return held.entry
    } catch (error) {
      release()
      throw error
    }
  }

  /** @throws StoreError STORE_FULL, STORE_FAILED, STORE_CLOSED */
  async delete(id: Uint8Array): Promise<boolean> {
    const release = await this.#components.turns.take(shardKey(id))
    try {
      const old = this.#durable(id)
      const voidedDay = this.#voidedDay(old)
      if (voidedDay !== undefined) await this.void(id, voidedDay)
      return old !== undefined
    } finally {
      release()
    }
  }

  /** Writes a shard that is there once more, into a bucket that lasts until `day` at least. Takes no turn. */
  async rewrite(write: ShardWrite, day: number): Promise<void> {
    const voidedDay = laterDay(day, this.#voidedDay(this.#durable(write.id)) ?? day)
    const { table } = checksOf(write.body, write.body.byteLength)
    await this.#append(write, { table, voidedDay, isVolatile: false, mayUseReserve: true, release: () => {} })
  }

  /** Makes it durable that an id holds nothing, by a tombstone in the bucket of a day. Takes no turn. */
  void(id: Uint8Array, day: number): Promise<void> {
    const { appender, index } = this.#components
    return new Promise((resolve, reject) => {
      const record: NewRecord = {
        kind: recordKinds.tombstone,
        flags: 0,
        id,
        runId: noRun,
        deleteAfterMs: 0,
        bodyBytes: 0,
        checksum: 0,
        table: nothing,
        body: [],
        mayUseReserve: true,
        day,
        placed: () => {},
        settled: (error) => {
          if (error !== undefined) return reject(error)
          index.remove(id)
          resolve()
        },
      }
      appender.append(record)
    })
  }

  /** What the index names; undefined when it is damaged. */
  async #held(entry: Entry): Promise<Held | undefined> {
    const record = await this.#components.reader.record(entry)
    return record && { entry, runId: record.runId }
  }

  #durable(id: Uint8Array): Entry | undefined {
    const { clock, index } = this.#components
    return index.get(id, clock.nowMs())
  }

  /** The longest-lived bucket of what a new record of an id voids. It must outlive that, or it would be back one day. */
  #voidedDay(old: Entry | undefined): number | undefined {
    const { doubtfulDay } = this.#components.appender
    if (old === undefined || doubtfulDay === undefined) return old?.segment.day ?? doubtfulDay
    return laterDay(old.segment.day, doubtfulDay)
  }

  /** Resolves when the shard is durable or, if `isVolatile`, when it can be read. */
  #append(write: ShardWrite, { table, voidedDay, isVolatile, mayUseReserve, release }: Append): Promise<Entry> {
    const { appender, index, logger, volatileShards } = this.#components
    const { id, runId, deleteAfterMs, checksum } = write
    const lengthBytes = write.body.byteLength
    const lastDay = deletionDay(deleteAfterMs)
    // A volatile put is over for its caller before it is written, and the memory of the body is the caller's again.
    const body = isVolatile ? [write.body.slice()] : [...write.body]
    return new Promise((resolve, reject) => {
      let entry: Entry | undefined
      appender.append({
        kind: recordKinds.put,
        flags: voidedDay === undefined ? 0 : replacesFlag,
        id,
        runId,
        deleteAfterMs,
        bodyBytes: lengthBytes,
        checksum,
        table,
        body,
        mayUseReserve,
        day: voidedDay === undefined ? lastDay : laterDay(lastDay, voidedDay),
        placed: ({ segment, offsetBytes }) => {
          entry = { id, deleteAfterMs, segment, offsetBytes, lengthBytes, checksum }
          if (!isVolatile) return
          volatileShards.add({ entry, runId: runId.slice(), body: body[0]! })
          resolve(entry)
        },
        settled: (error) => {
          if (isVolatile) volatileShards.remove(id)
          release()
          if (entry !== undefined && error === undefined) {
            index.set(entry)
            // The next group goes to the disk before the writers of this one go on.
            setImmediate(resolve, entry)
          } else {
            const wasPromised = isVolatile && entry !== undefined
            if (wasPromised) logger.warn({ error }, 'a shard that was accepted in memory could not be written')
            reject(error)
          }
        },
      })
    })
  }
}

const nothing = new Uint8Array(0)
const noRun = new Uint8Array(runIdBytes)

function isSame({ entry, runId }: Held, write: ShardWrite): boolean {
  const sameBody = entry.lengthBytes === write.body.byteLength && entry.checksum === write.checksum
  return sameBody && Buffer.compare(runId, write.runId) === 0
}
