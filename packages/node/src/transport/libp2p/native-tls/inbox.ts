import { Uint8ArrayList } from 'uint8arraylist'
import { arrivals } from '../../../slabs.ts'

/** The longest that is decrypted at a time: a TLS record. */
export const recordBytes = 16_384
const slabBytes = 4 * recordBytes
/** What arrives in so few bytes is copied: someone may keep a message, and would keep a whole slab with it. */
const copiedBytes = 4096

/**
 * What has arrived on a connection and was not delivered yet, one record behind the other in slabs of memory. Whoever keeps a
 * part of a delivery keeps the slab; whoever is done with it gives it back.
 */
export class Inbox {
  #slab = arrivals.take(slabBytes)
  #start = 0
  #end = 0
  /** Of this slab. */
  #handedOutBytes = 0
  readonly #full: Uint8Array[] = []

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
    this.#end += lengthBytes
  }

  /** Bytes that arrived in other memory. */
  append(bytes: Uint8Array): void {
    this.#cut()
    this.#full.push(bytes)
  }

  /** All that has arrived. */
  takeAll(): Uint8ArrayList {
    if (this.#full.length === 0 && this.#end - this.#start <= copiedBytes) {
      const bytes = new Uint8Array(this.#slab.subarray(this.#start, this.#end))
      this.#start = this.#end
      return new Uint8ArrayList(bytes)
    }
    this.#cut()
    return Uint8ArrayList.fromUint8Arrays(this.#full.splice(0))
  }

  #cut(): void {
    if (this.#start === this.#end) return
    this.#full.push(this.#slab.subarray(this.#start, this.#end))
    this.#handedOutBytes += this.#end - this.#start
    this.#start = this.#end
  }
}
