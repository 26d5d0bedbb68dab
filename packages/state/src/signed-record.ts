/*
 * A record travels as the very bytes its node signed. Whoever passes it on passes those bytes, so a verifier never has to
 * rebuild them: a field added later or an encoder that orders a map differently can't break a signature.
 *
 * The payload is CBOR (RFC 8949), an array of two: the magic below, which names type and version of the format and keeps
 * the signature from meaning anything else, then the map of the record's fields. Signatures are made and checked by
 * functions handed in; nothing here knows keys.
 */
import { decode, encode } from 'cborg'
import { checkMember, type MemberRecord } from './member.ts'
import { StateError } from './state-error.ts'

export interface SignedRecord {
  readonly payload: Uint8Array
  readonly signature: Uint8Array
}

const MAGIC = 'p2pstore/member/1'
/** The largest record: 16 addresses and 32 units, ids at their longest, come to 16 · 259 + 32 · 183 + 600 < 11,000. */
const MAX_PAYLOAD_BYTES = 12 * 1024
const MAX_SIGNATURE_BYTES = 128
/** How far ahead of ours the clock of an honest node may run. */
const MAX_AHEAD_MS = 60_000

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
 * Reads a record from outside and checks everything but its signature.
 * @param nowMs milliseconds since the Unix epoch; a record signed more than a minute later is refused
 * @throws StateError RECORD_INVALID
 */
export function readRecord(signed: SignedRecord, nowMs: number): MemberRecord {
  checkSize(signed.payload, MAX_PAYLOAD_BYTES, 'payload')
  checkSize(signed.signature, MAX_SIGNATURE_BYTES, 'signature')
  const content = decodeCbor(signed.payload)
  if (!Array.isArray(content) || content.length !== 2 || content[0] !== MAGIC) {
    throw new StateError('RECORD_INVALID', `the payload is no ${MAGIC}`)
  }
  const record = checkMember(content[1])
  if (record.timestampMs > nowMs + MAX_AHEAD_MS) {
    throw new StateError('RECORD_INVALID', 'the record was signed in the future: one of the two clocks is wrong')
  }
  return record
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
