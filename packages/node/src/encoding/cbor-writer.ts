/**
 * Writes values as CBOR. Every request is written and read by both ends, so this is made for what heads are: a few short
 * keys, numbers and byte strings. Bytes are laid one behind the other in memory that is used again; only the result is copied.
 */
import { encode } from 'cborg'
import { cborTypes, maximumCborDepth } from './cbor-types.ts'

const roomBytes = 16 * 1024
/** In front of anything: its type and length. */
const longestPrefixBytes = 9
/** Longest text that is written character by character, which for so short ones is quicker than a call into Node. */
const shortText = 64

class CborWriter {
  #bytes = Buffer.allocUnsafeSlow(roomBytes)
  #length = 0
  #depth = 0

  /** @throws TypeError */
  write(value: unknown): Uint8Array {
    this.#length = 0
    this.#depth = 0
    this.#any(value)
    const written = new Uint8Array(this.#bytes.subarray(0, this.#length))
    if (this.#bytes.length > roomBytes) this.#bytes = Buffer.allocUnsafeSlow(roomBytes)
    return written
  }

  #any(value: unknown): void {
    if (typeof value === 'string') this.#text(value)
    else if (typeof value === 'number') this.#number(value)
    else if (value instanceof Uint8Array) this.#byteString(value)
    else if (value === null || typeof value === 'boolean') this.#prefix(cborTypes.simple, simpleOf(value))
    else if (Array.isArray(value)) this.#list(value)
    else if (typeof value === 'object' && isPlain(value)) this.#map(value)
    else throw new TypeError(`a ${typeof value} has no place in CBOR`)
  }

  #number(value: number): void {
    if (!Number.isFinite(value)) throw new TypeError(`${value} has no place in CBOR`)
    if (!Number.isSafeInteger(value)) this.#raw(encode(value))
    else if (value >= 0) this.#prefix(cborTypes.natural, value)
    else this.#prefix(cborTypes.negative, -1 - value)
  }

  #text(value: string): void {
    const start = this.#length
    this.#reserve(longestPrefixBytes + 3 * value.length)
    if (value.length <= shortText) {
      this.#prefix(cborTypes.text, value.length)
      if (this.#ascii(value)) return
      this.#length = start
    }
    this.#prefix(cborTypes.text, Buffer.byteLength(value))
    this.#length += this.#bytes.write(value, this.#length)
  }

  /** False when some character takes more than one byte. */
  #ascii(value: string): boolean {
    for (let index = 0; index < value.length; index++) {
      const character = value.charCodeAt(index)
      if (character > 0x7f) return false
      this.#bytes[this.#length++] = character
    }
    return true
  }

  #byteString(value: Uint8Array): void {
    this.#prefix(cborTypes.bytes, value.length)
    this.#raw(value)
  }

  #list(values: readonly unknown[]): void {
    this.#prefix(cborTypes.list, values.length)
    this.#enter(values.length)
    for (const value of values) this.#any(value)
    this.#leave(values.length)
  }

  #map(map: Readonly<Record<string, unknown>>): void {
    const keys = Object.keys(map).filter((key) => map[key] !== undefined)
    keys.sort(byEncoding)
    this.#prefix(cborTypes.map, keys.length)
    this.#enter(keys.length)
    for (const key of keys) {
      this.#text(key)
      this.#any(map[key])
    }
    this.#leave(keys.length)
  }

  #enter(items: number): void {
    if (items > 0 && ++this.#depth > maximumCborDepth) {
      throw new TypeError(`nested deeper than ${maximumCborDepth} levels`)
    }
  }

  #leave(items: number): void {
    if (items > 0) this.#depth -= 1
  }

  /** The type and a number, in as few bytes as that takes. */
  #prefix(type: number, value: number): void {
    this.#reserve(longestPrefixBytes)
    const first = type << 5
    const bytes = this.#bytes
    if (value < 24) {
      bytes[this.#length++] = first | value
    } else if (value <= 0xff) {
      bytes[this.#length++] = first | 24
      bytes[this.#length++] = value
    } else if (value <= 0xffff) {
      bytes[this.#length++] = first | 25
      this.#length = bytes.writeUInt16BE(value, this.#length)
    } else if (value <= 0xffff_ffff) {
      bytes[this.#length++] = first | 26
      this.#length = bytes.writeUInt32BE(value, this.#length)
    } else {
      bytes[this.#length++] = first | 27
      this.#length = bytes.writeUInt32BE(Math.floor(value / 2 ** 32), this.#length)
      this.#length = bytes.writeUInt32BE(value >>> 0, this.#length)
    }
  }

  #raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes
    if (needed <= this.#bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#bytes.length))
    larger.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = larger
  }
}

const writer = new CborWriter()

/** @throws TypeError when a value has no place in CBOR */
export function writeCbor(value: unknown): Uint8Array {
  return writer.write(value)
}

function simpleOf(value: boolean | null): number {
  return value === null ? 22 : value ? 21 : 20
}

function isPlain(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** The shorter first, else byte by byte: RFC 8949, 4.2.3. */
function byEncoding(one: string, other: string): number {
  if (isAscii(one) && isAscii(other)) return one.length - other.length || (one < other ? -1 : 1)
  const [oneBytes, otherBytes] = [Buffer.from(one), Buffer.from(other)]
  return oneBytes.length - otherBytes.length || Buffer.compare(oneBytes, otherBytes)
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 0x7f) return false
  return true
}
