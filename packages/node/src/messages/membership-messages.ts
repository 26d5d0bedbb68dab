/**
 * How rolls of members converge (membership/registrar.ts). An exchange begins with digests; when they differ the answer names
 * all items, and the two peers swap what each lacks.
 */
import * as v from 'valibot'
import { encodeCbor } from '../encoding/cbor.ts'
import { boundedBytes, decodeRecord, fixedBytes } from '../encoding/record.ts'
import { MessageError } from './message.ts'

/** Bytes of an item's key. */
const keyBytes = 8
/** Items in one body of 1 MiB come to fewer than this: a credential has 250 B and more. */
const maximumItems = 4_096
/** Members and rulings together: 32,780 × 8 B fit in one body. */
const maximumKeys = 65_536
/** What the records in one body may add up to, so that all around them fits in 1 MiB. */
export const maximumRecordBytes = 768 * 1024

/** → whether the caller's roll is the same; else the body has the key of every item, 8 B each. */
export const membersCompare = {
  method: 'members.compare',
  request: v.strictObject({ digest: fixedBytes(32) }),
  reply: v.strictObject({ same: v.boolean() }),
} as const

/** Body: items for the other and keys of items wanted; → those items in the body, as far as they fit. */
export const membersSwap = {
  method: 'members.swap',
  request: v.strictObject({}),
  reply: v.strictObject({}),
} as const

const items = v.pipe(
  v.array(v.strictObject({ kind: v.picklist(['succession', 'revocation', 'credential']), record: boundedBytes(8192) })),
  v.maxLength(maximumItems),
)
const swapSchema = v.strictObject({
  items,
  wanted: v.pipe(v.array(fixedBytes(keyBytes)), v.maxLength(maximumItems)),
})

/** `wanted` is empty in a reply. */
export type SwapBody = v.InferOutput<typeof swapSchema>

export function encodeSwap(body: SwapBody): Uint8Array {
  return encodeCbor(body)
}

/** @throws MessageError REQUEST_INVALID */
export function decodeSwap(bytes: Uint8Array): SwapBody {
  const body = decodeRecord(swapSchema, bytes)
  if (body === undefined) throw new MessageError('REQUEST_INVALID', `${membersSwap.method}: the body is malformed`)
  return body
}

/** @param keys of 16 hexadecimal digits each */
export function encodeKeys(keys: Iterable<string>): Uint8Array {
  return Buffer.from([...keys].join(''), 'hex')
}

/** @throws MessageError REPLY_INVALID */
export function decodeKeys(bytes: Uint8Array): string[] {
  if (bytes.length % keyBytes !== 0 || bytes.length > maximumKeys * keyBytes) {
    throw new MessageError('REPLY_INVALID', `reply to ${membersCompare.method}: the body is malformed`)
  }
  const text = Buffer.from(bytes).toString('hex')
  return Array.from({ length: bytes.length / keyBytes }, (_, index) =>
    text.slice(2 * keyBytes * index, 2 * keyBytes * (index + 1)),
  )
}
