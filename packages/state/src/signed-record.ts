/*
 * A record travels as the very bytes its node signed. Whoever passes it on passes those bytes, so a verifier never has to
 * rebuild them: a field added later or an encoder that orders a map differently can't break a signature.
 *
 * The payload is CBOR (RFC 8949), an array of two: the magic below, which names type and version of the format and keeps
 * the signature from meaning anything else, then the map of the record's fields. Signatures are made and checked by
 * functions handed in; nothing here knows keys.
 */
import { decode, encode } from 'cborg'
import { checkMember } from './check-member.ts'
import { hash32 } from './hash.ts'
import { type MemberRecord, shortId } from './member.ts'
import { StateError } from './state-error.ts'

/** The bytes must not change: views keep them as they are. */
export interface SignedRecord {
  readonly payload: Uint8Array
  readonly signature: Uint8Array
}

/** A record that can be read, with what views ask of it again and again. */
export interface OpenRecord extends SignedRecord {
  readonly record: MemberRecord
  readonly shortId: string
  /** Of the short id: the peer's place among all others, in digests and on the ring. */
  readonly idHash: number
  /** Of the short id and the counters: sums to the hash of a bucket. */
  readonly stateHash: number
  /** In elections: the lowest come first. */
  readonly rank: number
}

const MAGIC = 'p2pstore/member/2'
/**
 * The largest record, with every list full and every text at its longest: 16 · 259 of addresses, 32 · 200 of units,
 * 16 · 110 of links, 16 · 66 of tags, 8 · 34 of roles and less than 2,000 of all else come to less than 15,700.
 */
const MAX_PAYLOAD_BYTES = 16 * 1024
const MAX_SIGNATURE_BYTES = 128

const STRICT = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  allowBigInt: false,
  rejectDuplicateMapKeys: true,
}

/**
 * Encodes and signs a node's own record.
 * @throws StateError RECORD_INVALID when it breaks a rule that others will hold it to
 */
export function signRecord(record: MemberRecord, sign: (payload: Uint8Array) => Uint8Array): SignedRecord {
  const payload = encode([MAGIC, checkMember(record)])
  return { payload, signature: sign(payload) }
}

/**
 * Reads a record from outside and checks all that can be checked of it alone, but not its signature.
 * @throws StateError RECORD_INVALID
 */
export function openRecord({ payload, signature }: SignedRecord): OpenRecord {
  checkSize(payload, MAX_PAYLOAD_BYTES, 'payload')
  checkSize(signature, MAX_SIGNATURE_BYTES, 'signature')
  const content = decodeCbor(payload)
  if (!Array.isArray(content) || content.length !== 2 || content[0] !== MAGIC) {
    throw new StateError('RECORD_INVALID', `the payload is no ${MAGIC}`)
  }
  const record = checkMember(content[1])
  const short = shortId(record.peerId)
  const stateHash = hash32(`${short} ${record.incarnation} ${record.version}`)
  const rank = hash32(`elect ${record.peerId}`)
  return { payload, signature, record, shortId: short, idHash: hash32(short), stateHash, rank }
}

function checkSize(bytes: unknown, maxBytes: number, what: string): void {
  if (!(bytes instanceof Uint8Array) || bytes.length === 0 || bytes.length > maxBytes) {
    throw new StateError('RECORD_INVALID', `the ${what} must be 1 … ${maxBytes} bytes`)
  }
}

function decodeCbor(payload: Uint8Array): unknown {
  try {
    return decode(payload, STRICT)
  } catch (cause) {
    throw new StateError('RECORD_INVALID', 'the payload is no strict CBOR', { cause })
  }
}
