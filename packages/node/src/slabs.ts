/**
 * Memory that is used again. Bulk data needs memory for a moment each time: between a socket and whoever opens what arrived or
 * writes it to a disk, between a disk and a socket. Left to the garbage collector it lies there until that comes round, and
 * meanwhile other memory is taken, which is in none of the processor's caches.
 *
 * Memory is lent in slabs and comes back in bytes: who is done with bytes gives them back, once, and when as many have come back
 * as were handed out of a slab, nobody has any of it, and it is lent again. Nobody must: a slab of which something is kept, or
 * forgotten, is collected like all memory.
 */

import { alignedMemory } from './aligned-memory.ts'

/** Lengths of slabs are multiples of it. */
const unitBytes = 64 << 10

const loanOf = Symbol('loan')

interface Loan {
  readonly slab: Buffer
  readonly from: Slabs
  /** Bytes handed out and not given back; less than none when they come back before it is said how many there are. */
  outBytes: number
  /** No more will be handed out. */
  isClosed: boolean
  /** Where in the slab's buffer that begins which was handed out last. */
  startBytes: number
}

/** A view has the same buffer as the slab, so that its loan is found without a map, which would slow the collector down. */
type LentBuffer = ArrayBufferLike & { [loanOf]?: Loan }

export class Slabs {
  readonly #keptBytes: number
  readonly #newMemory: (lengthBytes: number) => Uint8Array
  /** By length. */
  readonly #free = new Map<number, Buffer[]>()
  #freeBytes = 0

  /**
   * @param keptBytes for those who will want it: as much as is on its way at a time
   * @param newMemory all of a buffer. Default: of any alignment
   */
  constructor(keptBytes: number, newMemory: (lengthBytes: number) => Uint8Array = Buffer.allocUnsafeSlow) {
    this.#keptBytes = keptBytes
    this.#newMemory = newMemory
  }

  /** Memory of this length at least, with whatever is there. What is shorter than a unit is not worth lending: it is new. */
  take(lengthBytes: number): Buffer {
    if (lengthBytes < unitBytes) return Buffer.allocUnsafeSlow(lengthBytes)
    const slabBytes = Math.ceil(lengthBytes / unitBytes) * unitBytes
    const slab = this.#free.get(slabBytes)?.pop()
    if (slab === undefined) return this.#make(slabBytes)
    this.#freeBytes -= slabBytes
    return slab
  }

  /** Closes the slab that `part` lies in: so many of its bytes were handed out, or are now. Memory that is not lent is left alone. */
  handOut(part: Uint8Array, lengthBytes: number): void {
    const loan = this.#loanOf(part)
    if (loan === undefined || loan.isClosed) return
    loan.outBytes += lengthBytes
    loan.isClosed = true
    loan.startBytes = part.byteOffset
    if (loan.outBytes === 0) this.#takeBack(loan)
  }

  /** Nobody will look at these bytes again. What isn't of one of these slabs is left alone. */
  giveBack(pieces: Iterable<Uint8Array>): void {
    for (const piece of pieces) {
      const loan = this.#loanOf(piece)
      if (loan === undefined) continue
      loan.outBytes -= piece.length
      if (loan.isClosed && loan.outBytes === 0) this.#takeBack(loan)
    }
  }

  /**
   * The part with the pieces before it as one, if it is the beginning of what was handed out, and there is room: what lies before
   * that in its slab is nobody's.
   */
  joined(before: readonly Uint8Array[], part: Uint8Array): Uint8Array | undefined {
    const beforeBytes = before.reduce((sum, { length }) => sum + length, 0)
    const loan = this.#loanOf(part)
    if (!loan?.isClosed || part.byteOffset !== loan.startBytes || beforeBytes > part.byteOffset) return undefined
    const one = new Uint8Array(part.buffer, part.byteOffset - beforeBytes, beforeBytes + part.length)
    let offset = 0
    for (const piece of before) {
      one.set(piece, offset)
      offset += piece.length
    }
    return one
  }

  #make(slabBytes: number): Buffer {
    const slab = Buffer.from(this.#newMemory(slabBytes).buffer)
    const buffer: LentBuffer = slab.buffer
    buffer[loanOf] = { slab, from: this, outBytes: 0, isClosed: false, startBytes: 0 }
    return slab
  }

  #loanOf({ buffer }: Uint8Array): Loan | undefined {
    const loan = (buffer as LentBuffer)[loanOf]
    return loan?.from === this ? loan : undefined
  }

  #takeBack(loan: Loan): void {
    const { slab } = loan
    loan.outBytes = 0
    loan.isClosed = false
    // Lengths that nobody wants any more make room for those that come back.
    for (const [lengthBytes, slabs] of this.#free) {
      while (
        lengthBytes !== slab.length &&
        this.#freeBytes + slab.length > this.#keptBytes &&
        slabs.pop() !== undefined
      ) {
        this.#freeBytes -= lengthBytes
      }
    }
    if (this.#freeBytes + slab.length > this.#keptBytes) return
    this.#freeBytes += slab.length
    const ofLength = this.#free.get(slab.length)
    if (ofLength === undefined) this.#free.set(slab.length, [slab])
    else ofLength.push(slab)
  }
}

/** What has arrived from other peers: given back by whoever has opened or stored it. */
export const arrivals = new Slabs(12 << 20)
/** What is on its way to other peers: given back when it has been sent. */
export const departures = new Slabs(4 << 20, alignedMemory)
