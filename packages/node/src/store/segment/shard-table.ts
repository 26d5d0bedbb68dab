/**
 * Every shard of a unit with where it is and when it ends, in as little memory as can be: 52 bytes a shard, and 4 for the
 * start of a chain. What else a record says (its encode run) is read from the record when somebody asks.
 *
 * A hash table of chains that grows by one chain for each row that is added: the rows of one chain are dealt out over it and
 * the new one, so that growing never makes anybody wait (Litwin, "Linear Hashing: A New Tool for File and Table Addressing",
 * 1980). With c chains and p the highest power of two that is not above c, a hash belongs into chain (hash mod 2p), or into
 * (hash mod p) while that one does not exist.
 *
 * Rows are numbers: 0 is none. What holds for a row is up to the owner; see shard-index.ts, and replay.ts, which builds it.
 */
import { shardIdBytes } from '../../ports/shard-store.ts'
import { Rows } from './rows.ts'

const idWords = shardIdBytes / 4
const at = { next: 0, id: 1, segment: 7, offset: 8, length: 9, checksum: 10, deleteAfter: 11 }
const wordCount = 13

/** What a row says of its shard. */
export interface Shard {
  /** 24 bytes. */
  readonly id: Uint8Array
  readonly deleteAfterMs: number
  /** Number of the segment, from 1 on. */
  readonly segment: number
  readonly offsetBytes: number
  readonly lengthBytes: number
  readonly checksum: number
}

export class ShardTable {
  readonly #seed: number
  readonly #rows = new Rows(wordCount)
  /** Chain number c begins with the row that row c + 1 names. */
  readonly #chains = new Rows(1)
  #size = 0
  #chainCount = 0
  /** The highest power of two that is not above the number of chains. */
  #power = 1

  /** The seed must be secret: who knows it could choose ids that all want the same chain. */
  constructor(seed: number) {
    this.#seed = seed
    this.#addChain(0)
  }

  get size(): number {
    return this.#size
  }

  /** The row of an id; 0 when there is none. */
  find(id: Uint8Array): number {
    let row = this.#first(this.#chainOf(this.#hashOf(id)))
    while (row !== 0 && !this.#has(row, id)) row = this.#next(row)
    return row
  }

  /** A row for an id that has none. */
  add(shard: Shard): number {
    const { id, deleteAfterMs, segment, offsetBytes, lengthBytes, checksum } = shard
    const rows = this.#rows
    const row = rows.add()
    for (let word = 0; word < idWords; word++) rows.set(row, at.id + word, wordAt(id, word))
    rows.set(row, at.segment, segment)
    rows.set(row, at.offset, offsetBytes)
    rows.set(row, at.length, lengthBytes)
    rows.set(row, at.checksum, checksum)
    rows.set(row, at.deleteAfter, deleteAfterMs % 2 ** 32)
    rows.set(row, at.deleteAfter + 1, Math.floor(deleteAfterMs / 2 ** 32))
    this.#link(row, this.#chainOf(this.#rowHash(row)))
    this.#size++
    if (this.#size > this.#chainCount) this.#grow()
    return row
  }

  remove(row: number): void {
    const chain = this.#chainOf(this.#rowHash(row))
    const after = this.#next(row)
    let before = this.#first(chain)
    if (before === row) this.#chains.set(chain + 1, 0, after)
    else {
      while (this.#next(before) !== row) before = this.#next(before)
      this.#rows.set(before, at.next, after)
    }
    this.#rows.set(row, at.segment, 0)
    this.#rows.remove(row)
    this.#size--
  }

  /** All rows, also when some are added or removed meanwhile: these may be among them or not. */
  *rows(): IterableIterator<number> {
    for (let row = 1; row < this.#rows.end; row++) if (this.segment(row) !== 0) yield row
  }

  id(row: number): Uint8Array {
    const id = new Uint8Array(shardIdBytes)
    for (let byte = 0; byte < shardIdBytes; byte++) {
      id[byte] = this.#rows.get(row, at.id + (byte >> 2)) >>> ((byte & 3) * 8)
    }
    return id
  }

  /** 0 when the row is not in use. */
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

  deleteAfterMs(row: number): number {
    return this.#rows.get(row, at.deleteAfter) + this.#rows.get(row, at.deleteAfter + 1) * 2 ** 32
  }

  /** Deals the rows of the chain whose turn it is out over it and a new one. */
  #grow(): void {
    const added = this.#chainCount
    const split = added - this.#power
    let row = this.#first(split)
    this.#chains.set(split + 1, 0, 0)
    this.#addChain(added)
    while (row !== 0) {
      const next = this.#next(row)
      this.#link(row, this.#chainOf(this.#rowHash(row)))
      row = next
    }
  }

  #addChain(chain: number): void {
    this.#chains.set(this.#chains.add(), 0, 0)
    this.#chainCount = chain + 1
    if (this.#chainCount === 2 * this.#power) this.#power *= 2
  }

  #chainOf(hash: number): number {
    const chain = hash & (2 * this.#power - 1)
    return chain < this.#chainCount ? chain : chain - this.#power
  }

  #first(chain: number): number {
    return this.#chains.get(chain + 1, 0)
  }

  #next(row: number): number {
    return this.#rows.get(row, at.next)
  }

  #link(row: number, chain: number): void {
    this.#rows.set(row, at.next, this.#first(chain))
    this.#chains.set(chain + 1, 0, row)
  }

  #has(row: number, id: Uint8Array): boolean {
    // The ids of an object's shards differ at the end.
    for (let word = idWords - 1; word >= 0; word--) {
      if (this.#rows.get(row, at.id + word) !== wordAt(id, word)) return false
    }
    return true
  }

  #hashOf(id: Uint8Array): number {
    let hash = this.#seed
    for (let word = 0; word < idWords; word++) hash = mixed(hash, wordAt(id, word))
    return finished(hash)
  }

  #rowHash(row: number): number {
    let hash = this.#seed
    for (let word = 0; word < idWords; word++) hash = mixed(hash, this.#rows.get(row, at.id + word))
    return finished(hash)
  }
}

/** The little-endian word number `index` of some bytes. */
function wordAt(bytes: Uint8Array, index: number): number {
  const from = index * 4
  return (bytes[from]! | (bytes[from + 1]! << 8) | (bytes[from + 2]! << 16) | (bytes[from + 3]! << 24)) >>> 0
}

/** Mixes one more word into a hash. */
function mixed(hash: number, word: number): number {
  const product = Math.imul(hash ^ word, 0x9e3779b1)
  return product ^ (product >>> 15)
}

/** Spreads what was mixed over all 32 bits (the finish of MurmurHash3). */
function finished(hash: number): number {
  let bits = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}
