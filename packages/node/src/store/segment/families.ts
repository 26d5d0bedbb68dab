/**
 * What the shards of one object have in common on a unit: the first 16 bytes of their ids, their encode run, and when they
 * end. It is kept once for all of them, which is most of what there is to know of a shard; and they expire as one.
 *
 * Memory of a family: 56 bytes, 7 to 10 in the table, and about as many in the queue when it ends some day.
 */
import { ExpiryQueue } from '../expiry-queue.ts'
import { finished, mixed, RowTable } from './row-table.ts'
import { Rows, wordAt } from './rows.ts'

/** Bytes of an id that its family has, from its start. */
export const prefixBytes = 16
const runIdBytes = 16

const at = { prefix: 0, runId: 4, deleteAfterMs: 8, shardCount: 10, liveBytes: 11, seat: 13 }
const keyWords = at.shardCount
const wordCount = 14
/** The seat of a family that is in no queue, for it never ends; and of one that has ended. */
const endless = 0xffffffff
const over = 0xfffffffe

export class Families {
  readonly #seed: number
  readonly #rows = new Rows(wordCount)
  readonly #table: RowTable
  readonly #queue: ExpiryQueue<number>

  constructor(seed: number) {
    this.#seed = seed
    this.#table = new RowTable((family) => this.#hash((word) => this.#rows.get(family, word)))
    this.#queue = new ExpiryQueue({
      endMs: (family) => this.deleteAfterMs(family),
      seat: (family) => this.#rows.get(family, at.seat),
      sit: (family, seat) => this.#rows.set(family, at.seat, seat),
    })
  }

  /** The family that a shard belongs to, made when there is none; it has one shard more from now on. */
  join(id: Uint8Array, runId: Uint8Array, deleteAfterMs: number): number {
    const found = this.#find(id, runId, deleteAfterMs)
    const family = found === 0 ? this.#add(id, runId, deleteAfterMs) : found
    this.#rows.set(family, at.shardCount, this.shardCount(family) + 1)
    return family
  }

  /** A shard leaves; with the last one the family is gone. */
  leave(family: number): void {
    const shardCount = this.shardCount(family) - 1
    this.#rows.set(family, at.shardCount, shardCount)
    if (shardCount > 0) return
    if (this.#rows.get(family, at.seat) < over) this.#queue.remove(family)
    this.#table.remove(family)
    this.#rows.remove(family)
  }

  /** The next family that has ended at `nowMs`, each once; 0 when there is none. What is over stays over. */
  end(nowMs: number): number {
    const family = this.#queue.take(nowMs)
    if (family === undefined) return 0
    this.#rows.set(family, at.seat, over)
    return family
  }

  isOver(family: number): boolean {
    return this.#rows.get(family, at.seat) === over
  }

  deleteAfterMs(family: number): number {
    return this.#rows.getLong(family, at.deleteAfterMs)
  }

  runId(family: number): Uint8Array {
    const runId = new Uint8Array(runIdBytes)
    this.#rows.copyBytes(family, at.runId, runId)
    return runId
  }

  prefixWord(family: number, word: number): number {
    return this.#rows.get(family, at.prefix + word)
  }

  shardCount(family: number): number {
    return this.#rows.get(family, at.shardCount)
  }

  /** Bytes of the family's records, as its owner counts them. */
  liveBytes(family: number): number {
    return this.#rows.getLong(family, at.liveBytes)
  }

  count(family: number, bytes: number): void {
    this.#rows.setLong(family, at.liveBytes, this.liveBytes(family) + bytes)
  }

  #find(id: Uint8Array, runId: Uint8Array, deleteAfterMs: number): number {
    const hash = this.#hash((word) => {
      if (word < at.runId) return wordAt(id, word)
      if (word < at.deleteAfterMs) return wordAt(runId, word - at.runId)
      return word === at.deleteAfterMs ? deleteAfterMs % 2 ** 32 : Math.floor(deleteAfterMs / 2 ** 32)
    })
    const prefix = id.subarray(0, prefixBytes)
    return this.#table.find(hash, (family) => {
      if (!this.#rows.hasBytes(family, at.prefix, prefix) || !this.#rows.hasBytes(family, at.runId, runId)) return false
      // The clock may have been set back: what is over does not come to life by a newcomer.
      return this.deleteAfterMs(family) === deleteAfterMs && !this.isOver(family)
    })
  }

  #add(id: Uint8Array, runId: Uint8Array, deleteAfterMs: number): number {
    const family = this.#rows.add()
    this.#rows.setBytes(family, at.prefix, id.subarray(0, prefixBytes))
    this.#rows.setBytes(family, at.runId, runId)
    this.#rows.setLong(family, at.deleteAfterMs, deleteAfterMs)
    this.#rows.set(family, at.shardCount, 0)
    this.#rows.setLong(family, at.liveBytes, 0)
    this.#rows.set(family, at.seat, endless)
    if (deleteAfterMs !== 0) this.#queue.add(family)
    this.#table.add(family)
    return family
  }

  #hash(wordOf: (word: number) => number): number {
    let hash = this.#seed
    for (let word = 0; word < keyWords; word++) hash = mixed(hash, wordOf(word))
    return finished(hash)
  }
}
