/** Reads what {@link writeCbor} writes, and nothing else: see cbor.ts. Never reads beyond the bytes, whatever they say. */
import { decode } from 'cborg'
import { cborTypes, maximumCborDepth } from './cbor-types.ts'

/** What the lower five bits of a first byte of a float say: how many bytes follow. */
const floatBytes = new Map([
  [25, 2],
  [26, 4],
  [27, 8],
])

class CborReader {
  readonly #bytes: Buffer
  readonly #isCopying: boolean
  #position = 0
  #depth = 0

  constructor(bytes: Uint8Array, isCopying: boolean) {
    this.#isCopying = isCopying
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  /** @throws Error */
  read(): unknown {
    const value = this.#any()
    if (this.#position < this.#bytes.length) throw new Error('there is more than one value')
    return value
  }

  #any(): unknown {
    const first = this.#byte()
    const [type, info] = [first >> 5, first & 0x1f]
    if (type === cborTypes.simple) return this.#simple(info)
    const number = info < 24 ? info : this.#number(info)
    switch (type) {
      case cborTypes.natural:
        return number
      case cborTypes.negative:
        return this.#safe(-1 - number)
      case cborTypes.bytes:
        return this.#byteString(number)
      case cborTypes.text:
        return this.#text(number)
      case cborTypes.list:
        return this.#list(number)
      case cborTypes.map:
        return this.#map(number)
      default:
        throw new Error('tags are not let in')
    }
  }

  #byte(): number {
    return this.#bytes[this.#take(1)]!
  }

  /** Where the next bytes are; they are taken. */
  #take(length: number): number {
    const start = this.#position
    if (length > this.#bytes.length - start) throw new Error('it ends too early')
    this.#position += length
    return start
  }

  /** A number that did not fit in the first byte, in the fewest bytes that hold it. */
  #number(info: number): number {
    if (info === 24) return atLeast(24, this.#byte())
    if (info === 25) return atLeast(0x100, this.#bytes.readUInt16BE(this.#take(2)))
    if (info === 26) return atLeast(0x1_0000, this.#bytes.readUInt32BE(this.#take(4)))
    if (info !== 27) throw new Error('unknown lengths are not let in')
    const start = this.#take(8)
    const value = this.#bytes.readUInt32BE(start) * 2 ** 32 + this.#bytes.readUInt32BE(start + 4)
    return this.#safe(atLeast(2 ** 32, value))
  }

  #safe(value: number): number {
    if (!Number.isSafeInteger(value)) throw new Error('integers over 2^53 are not let in')
    return value
  }

  #simple(info: number): unknown {
    if (info === 20) return false
    if (info === 21) return true
    if (info === 22) return null
    const start = this.#position - 1
    const end = this.#take(floatBytes.get(info) ?? unknownSimple()) + floatBytes.get(info)!
    const value: unknown = decode(this.#bytes.subarray(start, end))
    if (!Number.isFinite(value)) throw new Error('only finite numbers are let in')
    return value
  }

  #byteString(length: number): Uint8Array {
    const { buffer, byteOffset } = this.#bytes
    const view = new Uint8Array(buffer, byteOffset + this.#take(length), length)
    return this.#isCopying ? new Uint8Array(view) : view
  }

  #text(length: number): string {
    const start = this.#take(length)
    return this.#bytes.toString('utf8', start, start + length)
  }

  #list(length: number): unknown[] {
    this.#enter(length, 1)
    const list: unknown[] = []
    for (let index = 0; index < length; index++) list.push(this.#any())
    this.#leave(length)
    return list
  }

  #map(length: number): Record<string, unknown> {
    this.#enter(length, 2)
    const map: Record<string, unknown> = {}
    for (let index = 0; index < length; index++) {
      const key = this.#key()
      if (Object.hasOwn(map, key)) throw new Error('a key is there twice')
      const value = this.#any()
      if (key !== '__proto__') map[key] = value
      else Object.defineProperty(map, key, { value, configurable: true, enumerable: true, writable: true })
    }
    this.#leave(length)
    return map
  }

  #key(): string {
    const first = this.#byte()
    if (first >> 5 !== cborTypes.text) throw new Error('keys must be texts')
    const info = first & 0x1f
    return this.#text(info < 24 ? info : this.#number(info))
  }

  #enter(items: number, leastBytesEach: number): void {
    if (items * leastBytesEach > this.#bytes.length - this.#position) throw new Error('it ends too early')
    if (items > 0 && ++this.#depth > maximumCborDepth) {
      throw new RangeError(`nested deeper than ${maximumCborDepth} levels`)
    }
  }

  #leave(items: number): void {
    if (items > 0) this.#depth -= 1
  }
}

/** @throws Error when the bytes are anything else than one well-formed value */
export function readCbor(bytes: Uint8Array): unknown {
  return new CborReader(bytes, true).read()
}

/** Byte strings are views of the bytes, and keep all of them alive. @throws Error like {@link readCbor} */
export function viewCbor(bytes: Uint8Array): unknown {
  return new CborReader(bytes, false).read()
}

function atLeast(least: number, value: number): number {
  if (value < least) throw new Error('a number takes more bytes than it needs')
  return value
}

function unknownSimple(): never {
  throw new Error('undefined and unknown simple values are not let in')
}
