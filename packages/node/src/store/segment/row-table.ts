/**
 * A hash table of row numbers: open addressing with linear probing, five bytes a place, half to three quarters of the places
 * taken. Removing moves back what was pushed aside, so there are no gravestones to grow over (Knuth, The Art of Computer
 * Programming 3, 6.4, algorithm R). Beside each row stands a byte of its hash: nearly all rows that are not meant are told by
 * it, without a look at them.
 *
 * The keys are in the rows. Hashes must be spread well, and be mixed with a secret seed where a stranger chooses the keys.
 */
export class RowTable {
  readonly #hashOf: (row: number) => number
  /** 0 is an empty place. */
  #places = new Uint32Array(64)
  #tags = new Uint8Array(64)
  #size = 0

  /** `hashOf` a row is an unsigned 32-bit number that does not change while the row is in the table. */
  constructor(hashOf: (row: number) => number) {
    this.#hashOf = hashOf
  }

  /** The row with this hash that `matches`; 0 when there is none. */
  find(hash: number, matches: (row: number) => boolean): number {
    const places = this.#places
    const tag = hash & 0xff
    for (let place = this.#home(hash); ; place = this.#after(place)) {
      const row = places[place]!
      if (row === 0 || (this.#tags[place] === tag && matches(row))) return row
    }
  }

  /** The row must not be in the table. */
  add(row: number): void {
    if ((this.#size + 1) * 4 > this.#places.length * 3) this.#grow()
    this.#size++
    this.#seat(row)
  }

  /** The row must be in the table. */
  remove(row: number): void {
    const places = this.#places
    let gap = this.#home(this.#hashOf(row))
    while (places[gap] !== row) gap = this.#after(gap)
    for (let place = this.#after(gap); places[place] !== 0; place = this.#after(place)) {
      const home = this.#home(this.#hashOf(places[place]!))
      if (this.#distance(home, place) < this.#distance(gap, place)) continue
      places[gap] = places[place]!
      this.#tags[gap] = this.#tags[place]!
      gap = place
    }
    places[gap] = 0
    this.#size--
  }

  #seat(row: number): void {
    const hash = this.#hashOf(row)
    let place = this.#home(hash)
    while (this.#places[place] !== 0) place = this.#after(place)
    this.#places[place] = row
    this.#tags[place] = hash & 0xff
  }

  #grow(): void {
    const rows = this.#places
    this.#places = new Uint32Array(Math.ceil(rows.length * 1.5))
    this.#tags = new Uint8Array(this.#places.length)
    for (const row of rows) if (row !== 0) this.#seat(row)
  }

  #home(hash: number): number {
    return Math.floor((hash / 2 ** 32) * this.#places.length)
  }

  #after(place: number): number {
    return place + 1 === this.#places.length ? 0 : place + 1
  }

  #distance(from: number, to: number): number {
    return to >= from ? to - from : to - from + this.#places.length
  }
}

/** Mixes one more word into a hash. Begin with a secret seed, end with {@link finished}. */
export function mixed(hash: number, word: number): number {
  const product = Math.imul(hash ^ word, 0x9e3779b1)
  return product ^ (product >>> 15)
}

/** Spreads what was mixed over all 32 bits (the finish of MurmurHash3). */
export function finished(hash: number): number {
  let bits = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}
