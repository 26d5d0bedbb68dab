/**
 * Every shard of a unit with what its record's header says, in as little memory as can be: 28 bytes a shard, 7 to 10 in the
 * table, and its share of a family. An object with eight shards on the unit takes some 45 bytes for each.
 *
 * Rows are numbers: 0 is none. What holds for a row is up to the owner; see shard-index.ts, and replay.ts, which builds it.
 */
import { shardIdBytes } from '../../ports/shard-store.ts'
import { Families, prefixBytes } from './families.ts'
import { finished, mixed, RowTable } from './row-table.ts'
import { Rows, wordAt } from './rows.ts'

const at = { suffix: 0, family: 2, segment: 3, offset: 4, length: 5, checksum: 6 }
const wordCount = 7
const prefixWords = prefixBytes / 4
const idWords = shardIdBytes / 4

/** Where the body of a shard is. */
export interface Place {
  /** Number of the segment. */
  readonly segment: number
  readonly offsetBytes: number
  readonly lengthBytes: number
  readonly checksum: number
}

/** What the shard is, whatever its place. */
export interface Origin {
  /** 24 bytes. */
  readonly id: Uint8Array
  /** 16 bytes. */
  readonly runId: Uint8Array
  readonly deleteAfterMs: number
}

export class ShardTable {
  readonly families: Families
  readonly #seed: number
  readonly #rows = new Rows(wordCount)
  readonly #table: RowTable

  /** The seed must be secret: who knows it could choose ids that all want the same place. */
  constructor(seed: number) {
    this.#seed = seed
    this.families = new Families(seed)
    this.#table = new RowTable((row) => {
      let hash = seed
      for (let word = 0; word < idWords; word++) hash = mixed(hash, this.#idWord(row, word))
      return finished(hash)
    })
  }

  /** The row of an id; 0 when there is none. */
  find(id: Uint8Array): number {
    let hash = this.#seed
    for (let word = 0; word < idWords; word++) hash = mixed(hash, wordAt(id, word))
    return this.#table.find(finished(hash), (row) => {
      for (let word = idWords - 1; word >= 0; word--) if (this.#idWord(row, word) !== wordAt(id, word)) return false
      return true
    })
  }

  /** A row for an id that has none. */
  add(origin: Origin, place: Place): number {
    const row = this.#rows.add()
    this.#rows.setBytes(row, at.suffix, origin.id.subarray(prefixBytes))
    this.#rows.set(row, at.family, this.families.join(origin.id, origin.runId, origin.deleteAfterMs))
    this.move(row, place)
    this.#table.add(row)
    return row
  }

  move(row: number, { segment, offsetBytes, lengthBytes, checksum }: Place): void {
    this.#rows.set(row, at.segment, segment)
    this.#rows.set(row, at.offset, offsetBytes)
    this.#rows.set(row, at.length, lengthBytes)
    this.#rows.set(row, at.checksum, checksum)
  }

  remove(row: number): void {
    this.#table.remove(row)
    this.families.leave(this.family(row))
    this.#rows.set(row, at.family, 0)
    this.#rows.remove(row)
  }

  /** All rows, also when some are added or removed meanwhile: these may be among them or not. */
  *rows(): IterableIterator<number> {
    for (let row = 1; row < this.#rows.end; row++) if (this.family(row) !== 0) yield row
  }

  family(row: number): number {
    return this.#rows.get(row, at.family)
  }

  id(row: number): Uint8Array {
    const id = new Uint8Array(shardIdBytes)
    for (let word = 0; word < idWords; word++) {
      const value = this.#idWord(row, word)
      for (let byte = 0; byte < 4; byte++) id[word * 4 + byte] = value >>> (byte * 8)
    }
    return id
  }

  segment(row: number): number {
    return this.#rows.get(row, at.segment)
  }

  offsetBytes(row: number): number {
    return this.#rows.get(row, at.offset)
  }

  lengthBytes(row: number): number {
    return this.#rows.get(row, at.length)
  }

  checksum(row: number): number {
    return this.#rows.get(row, at.checksum)
  }

  #idWord(row: number, word: number): number {
    if (word >= prefixWords) return this.#rows.get(row, at.suffix + word - prefixWords)
    return this.families.prefixWord(this.family(row), word)
  }
}
