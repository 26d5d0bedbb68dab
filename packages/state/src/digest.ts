/*
 * What a view knows, in two levels. Naming every record costs tens of bytes each, a quarter of a megabyte at ten thousand
 * nodes, and almost all of them are equal on both sides. So the first level is a hash for each of many buckets of peers:
 * the XOR of the hashes of (peer, incarnation, version) of the records in it, which is the same in whatever order they
 * came. Only buckets whose hashes differ are opened, and their records named: the second level.
 *
 * With n records of which d differ, b buckets cost 4b bytes and opening them about 27·d·n/b; both are small when there are
 * about half as many buckets as records. A hash of 32 bits that is equal by chance hides a difference until the next change.
 *
 * Records stand in the order of the hashes of their short ids, and a bucket is a range of those hashes: it can be opened
 * without looking at the others, however many buckets the other side has chosen. Hashes are kept up with each change.
 */
import type { OpenRecord } from './signed-record.ts'

/** One record by name: [short id, incarnation, version]. */
export type DigestEntry = readonly [shortId: string, incarnation: number, version: number]

export const MIN_BUCKETS = 16
export const MAX_BUCKETS = 8_192

export class Digest {
  readonly #records: OpenRecord[] = []
  /** Of each record its `idHash`, side by side in memory: that is where searching spends its time. */
  readonly #idHashes: number[] = []
  /** The first level, with as many buckets as fit the number of records. */
  #hashes = new Uint8Array(4 * MIN_BUCKETS)

  /** In the order of `idHash`; not to be changed. */
  get records(): readonly OpenRecord[] {
    return this.#records
  }

  /** Takes a record in, in place of the one of the same peer. */
  put(open: OpenRecord): void {
    const place = this.#placeOf(open)
    const before = this.#records[place]
    if (before?.record.peerId === open.record.peerId) {
      this.#flip(before)
      this.#records[place] = open
    } else {
      this.#records.splice(place, 0, open)
      this.#idHashes.splice(place, 0, open.idHash)
    }
    this.#flip(open)
    this.#fit()
  }

  /** Does nothing when there is no record of the peer. */
  delete(open: OpenRecord): void {
    const place = this.#placeOf(open)
    const before = this.#records[place]
    if (before?.record.peerId !== open.record.peerId) return
    this.#flip(before)
    this.#records.splice(place, 1)
    this.#idHashes.splice(place, 1)
    this.#fit()
  }

  find(shortId: string, idHash: number): OpenRecord | undefined {
    for (let place = this.placeOf(idHash); this.#idHashes[place] === idHash; place++) {
      if (this.#records[place]!.shortId === shortId) return this.#records[place]
    }
    return undefined
  }

  /** The first level: 4 bytes a bucket, big-endian, with as many buckets as suit best. */
  hashes(): Uint8Array {
    return this.#hashes.slice()
  }

  /** Which buckets another's first level shows to differ. */
  differing(theirs: Uint8Array): number[] {
    const isLikeOurs = theirs.length === this.#hashes.length
    return differingBuckets(isLikeOurs ? this.#hashes : bucketHashes(this.#records, theirs.length / 4), theirs)
  }

  /** The records in some of `count` buckets. */
  within(buckets: readonly number[], count: number): OpenRecord[] {
    const width = 2 ** 32 / count
    return [...new Set(buckets)].flatMap((bucket) =>
      this.#records.slice(this.placeOf(bucket * width), this.placeOf((bucket + 1) * width)),
    )
  }

  /** The place of the first record whose hash is not below `idHash`. */
  placeOf(idHash: number): number {
    let [low, high] = [0, this.#idHashes.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#idHashes[middle]! < idHash) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Where the peer's record is, or else belongs. */
  #placeOf({ idHash, record }: OpenRecord): number {
    let place = this.placeOf(idHash)
    while (this.#idHashes[place] === idHash && this.#records[place]!.record.peerId < record.peerId) place++
    return place
  }

  #flip(open: OpenRecord): void {
    flip(this.#hashes, open)
  }

  #fit(): void {
    const count = bucketCount(this.#records.length)
    if (4 * count !== this.#hashes.length) this.#hashes = bucketHashes(this.#records, count)
  }
}

/** A power of two, about half as many as there are records. */
export function bucketCount(recordCount: number): number {
  let count = MIN_BUCKETS
  while (count < MAX_BUCKETS && 2 * count < recordCount) count *= 2
  return count
}

/** The first level of some records. @param count a power of two */
export function bucketHashes(records: Iterable<OpenRecord>, count: number): Uint8Array<ArrayBuffer> {
  const hashes = new Uint8Array(4 * count)
  for (const record of records) flip(hashes, record)
  return hashes
}

/** Which buckets are not the same. Both have the same length. */
export function differingBuckets(ours: Uint8Array, theirs: Uint8Array): number[] {
  const differing: number[] = []
  for (let i = 0; i < ours.length; i += 4) {
    const isEqual =
      ours[i] === theirs[i] &&
      ours[i + 1] === theirs[i + 1] &&
      ours[i + 2] === theirs[i + 2] &&
      ours[i + 3] === theirs[i + 3]
    if (!isEqual) differing.push(i / 4)
  }
  return differing
}

/** The second level: the records of some of the buckets, by name. */
export function entriesOf(records: readonly OpenRecord[]): DigestEntry[] {
  return records.map(({ shortId, record }) => [shortId, record.incarnation, record.version])
}

/** Takes a record into the hash of its bucket, or out of it. */
function flip(hashes: Uint8Array, { idHash, stateHash }: OpenRecord): void {
  const at = 4 * Math.floor((idHash / 2 ** 32) * (hashes.length / 4))
  hashes[at]! ^= stateHash >>> 24
  hashes[at + 1]! ^= stateHash >>> 16
  hashes[at + 2]! ^= stateHash >>> 8
  hashes[at + 3]! ^= stateHash
}
