import { Uint8ArrayList } from 'uint8arraylist'
import { arrivals } from '../../../slabs.ts'

/** The longest that is decrypted at a time: a TLS record. */
export const recordBytes = 16_384
const slabBytes = 8 * recordBytes
/** What was sent in so few bytes is copied: someone may keep a message, and would keep a whole slab with it. */
const shortBytes = 4096
/** As much as comes before a long body: the multiplexer's header, the frame's, and a request's or an answer's own. */
const headBytes = 256

/**
 * What has arrived on a connection and was not delivered yet, one record behind the other in slabs of memory. Whoever keeps a
 * part of a delivery keeps the slab; whoever is done with it gives it back.
 *
 * Nobody gives back what is short, nor the headers before a long body. So that this doesn't keep bodies' slabs from being used
 * again, it is delivered as a copy. It is found by a guess: what was sent together begins with the record after one that was not
 * full. Where that is wrong, a slab is left to the collector.
 */
export class Inbox {
  #slab = arrivals.take(slabBytes)
  #start = 0
  #end = 0
  /** What lies between the two will be delivered as a copy. */
  #isCopied = true
  /** Of this slab. */
  #handedOutBytes = 0
  readonly #full: Uint8Array[] = []
  #isBeginning = true

  get isEmpty(): boolean {
    return this.#start === this.#end && this.#full.length === 0
  }

  /** Memory for at least one more record. */
  room(): Buffer {
    if (slabBytes - this.#end < recordBytes) {
      this.#cut()
      arrivals.handOut(this.#slab, this.#handedOutBytes)
      this.#slab = arrivals.take(slabBytes)
      this.#start = 0
      this.#end = 0
      this.#handedOutBytes = 0
    }
    return this.#slab.subarray(this.#end)
  }

  /** So many bytes have been written to what `room` gave last. */
  wrote(lengthBytes: number): void {
    const copiedBytes = this.#isBeginning ? (lengthBytes <= shortBytes ? lengthBytes : headBytes) : 0
    this.#isBeginning = lengthBytes < recordBytes
    this.#extend(copiedBytes, true)
    this.#extend(lengthBytes - copiedBytes, false)
  }

  /** Bytes that arrived in other memory. */
  append(bytes: Uint8Array): void {
    this.#cut()
    this.#full.push(bytes)
  }

  /** All that has arrived. */
  takeAll(): Uint8ArrayList {
    this.#cut()
    return Uint8ArrayList.fromUint8Arrays(this.#full.splice(0))
  }

  #extend(lengthBytes: number, isCopied: boolean): void {
    if (lengthBytes === 0) return
    if (isCopied !== this.#isCopied) {
      this.#cut()
      this.#isCopied = isCopied
    }
    this.#end += lengthBytes
  }

  #cut(): void {
    if (this.#start === this.#end) return
    const part = this.#slab.subarray(this.#start, this.#end)
    this.#full.push(this.#isCopied ? new Uint8Array(part) : part)
    if (!this.#isCopied) this.#handedOutBytes += part.length
    this.#start = this.#end
  }
}
