/**
 * CBOR (RFC 8949), of which only what JSON-like values and byte strings need is let in: no tags, no indefinite lengths, no
 * undefined, no infinities, no integers beyond 2^53, no duplicate keys, and no more than a few levels of nesting, so that
 * hostile bytes cannot exhaust the stack. Maps become plain objects; a key `__proto__` is a property like any other. The
 * same value always gives the same bytes: those of cborg, to which floats are left.
 *
 * It is written out here because half of what a small request took was reading and writing its heads by way of tokens.
 */
import { readCbor, viewCbor } from './cbor-reader.ts'
import { writeCbor } from './cbor-writer.ts'

/** Properties that are undefined are left out. @throws TypeError when a value has no place in CBOR */
export const encodeCbor = writeCbor

/** @throws Error when the bytes are anything else than one well-formed value */
export const decodeCbor = readCbor

/** The same without copies: byte strings are views of the bytes, and keep all of them alive. */
export const decodeCborInPlace = viewCbor
