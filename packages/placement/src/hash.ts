/*
 * Numbers that look random and are the same on every machine. MurmurHash3 (Austin Appleby, 2011, x86 32 bit) turns bytes
 * into 32 bits; its finalizer, a bijection in which every input bit sways every output bit, mixes two such hashes. Two
 * lanes of 32 bits a side keep two candidates from ever behaving alike because one lane happens to agree.
 *
 * It is no cryptographic hash and need not be: a writer that wanted to choose nodes could name them directly, and a peer
 * that grinds its id to attract shards could do so under any hash. Certificates and audits are the answer to both.
 */

/** Present in every engine, though not declared by the language's own library. */
declare class TextEncoder {
  encode(text: string): Uint8Array
}

/** 64 bits in two lanes of 32. */
export interface Hash {
  readonly high: number
  readonly low: number
}

const SECOND_LANE = 0x9e3779b9

export function hashText(text: string): Hash {
  return hashBytes(new TextEncoder().encode(text), 0)
}

/** @param seed 0 … 2^32 − 1 */
export function hashBytes(bytes: Uint8Array, seed: number): Hash {
  return { high: murmur3(bytes, seed), low: murmur3(bytes, seed ^ SECOND_LANE) }
}

/** 32 bits that belong to the pair, uniform in 0 … 2^32 − 1. */
export function mixPair(a: Hash, b: Hash): number {
  return mix(mix(a.high ^ b.high) ^ a.low ^ b.low) >>> 0
}

/** MurmurHash3_x86_32. */
export function murmur3(bytes: Uint8Array, seed: number): number {
  const wholeBytes = bytes.length & ~3
  let hash = seed
  for (let i = 0; i < wholeBytes; i += 4) {
    hash ^= scramble(bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24))
    hash = (hash << 13) | (hash >>> 19)
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0
  }
  let tail = 0
  for (let i = bytes.length - 1; i >= wholeBytes; i--) tail = (tail << 8) | bytes[i]!
  return mix(hash ^ scramble(tail) ^ bytes.length) >>> 0
}

function scramble(word: number): number {
  const spread = Math.imul(word, 0xcc9e2d51)
  return Math.imul((spread << 15) | (spread >>> 17), 0x1b873593)
}

/** Murmur3's finalizer. */
export function mix(word: number): number {
  let mixed = word ^ (word >>> 16)
  mixed = Math.imul(mixed, 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}
