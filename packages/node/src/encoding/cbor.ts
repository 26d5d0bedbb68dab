/**
 * CBOR (RFC 8949), of which only what JSON-like values and byte strings need is let in: no tags, no indefinite lengths, no
 * undefined, no infinities, no integers beyond 2^53, no duplicate keys, and no more than a few levels of nesting, so that
 * hostile bytes cannot exhaust the stack. Maps become plain objects; a key `__proto__` is a property like any other. The
 * same value always gives the same bytes.
 */
import { decode, encode, Tokenizer } from 'cborg'

const maximumDepth = 16

/** Properties that are undefined are left out. @throws Error when a value has no place in CBOR */
export function encodeCbor(value: unknown): Uint8Array {
  return encode(value, { ignoreUndefinedProperties: true })
}

/** @throws Error when the bytes are anything else than one well-formed value */
export function decodeCbor(bytes: Uint8Array): unknown {
  return decode(bytes, { ...strictly, tokenizer: new ShallowTokenizer(bytes, strictly) })
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
    // A Buffer would keep all the bytes alive that it was cut from, and its slices are no copies.
    if (token.value instanceof Uint8Array) token.value = new Uint8Array(token.value)
    const last = this.#open.length - 1
    if (last >= 0) this.#open[last]! -= 1
    const items = token.type.name === 'map' ? 2 * token.value : token.type.name === 'array' ? token.value : 0
    if (items > 0) this.#open.push(items)
    if (this.#open.length > maximumDepth) throw new RangeError(`nested deeper than ${maximumDepth} levels`)
    while (this.#open.at(-1) === 0) this.#open.pop()
    return token
  }
}
