/**
 * CBOR (RFC 8949), of which only what JSON-like values and byte strings need is let in: no tags, no indefinite lengths, no
 * undefined, no infinities, no integers beyond 2^53, no duplicate keys, and no more than a few levels of nesting, so that
 * hostile bytes cannot exhaust the stack. Maps become plain objects; a key `__proto__` is a property like any other. The
 * same value always gives the same bytes.
 */
import { decode, encode, Tokenizer, Type } from 'cborg'

const maximumDepth = 16

/** Properties that are undefined are left out. @throws Error when a value has no place in CBOR */
export function encodeCbor(value: unknown): Uint8Array {
  return encode(value, { ignoreUndefinedProperties: true })
}

/** @throws Error when the bytes are anything else than one well-formed value */
export function decodeCbor(bytes: Uint8Array): unknown {
  // Slices of a Buffer are no copies: what came out of it would keep all of it alive.
  return decodePlain(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length))
}

/** Of the same bytes the same value, but byte strings in it are parts of them, and keep them alive. */
export function decodeCborInPlace(bytes: Uint8Array): unknown {
  return decodePlain(new SharedBytes(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length))
}

function decodePlain(bytes: Uint8Array): unknown {
  return decode(bytes, { ...strictly, tokenizer: new ShallowTokenizer(bytes, strictly) })
}

/** Of which nothing is copied. */
class SharedBytes extends Uint8Array<ArrayBuffer> {
  override slice(start: number, end: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.buffer, this.byteOffset + start, end - start)
  }
}

const strictly = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  allowBigInt: false,
  rejectDuplicateMapKeys: true,
}

/** Hands out tokens as long as they are not nested too deeply. */
class ShallowTokenizer extends Tokenizer {
  /** Items still to come in each container that is open, the innermost last. */
  readonly #open: number[] = []

  override next(): ReturnType<Tokenizer['next']> {
    const token = super.next()
    const open = this.#open
    if (open.length > 0) open[open.length - 1]! -= 1
    const { type, value } = token
    if (type === Type.map || type === Type.array) {
      const items = type === Type.map ? 2 * value : value
      if (items > 0) open.push(items)
      if (open.length > maximumDepth) throw new RangeError(`nested deeper than ${maximumDepth} levels`)
    }
    while (open.length > 0 && open[open.length - 1] === 0) open.pop()
    return token
  }
}
