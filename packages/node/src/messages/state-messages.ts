import * as v from 'valibot'
import { encodeCbor } from '../encoding/cbor.ts'
import { boundedBytes, decodeRecord } from '../encoding/record.ts'
import { MessageError } from './message.ts'

/**
 * One exchange of state (see gossip.ts). Records and digests are too many for a head: they are CBOR in the bodies.
 *
 *   request body  { digest: [[peer id, incarnation, version]…] or null, records: [{payload, signature}…] }
 *   reply body    { records: what the caller lacks, wanted: [peer id…] of whom the caller knows something newer }
 */
export const stateExchange = {
  method: 'state.exchange',
  request: v.strictObject({}),
  reply: v.strictObject({}),
} as const

/** In one message; with records of about 300 bytes the body's own limit comes first. */
const maximumRecords = 16_384

const records = v.pipe(
  v.array(v.strictObject({ payload: boundedBytes(12 * 1024), signature: boundedBytes(128) })),
  v.maxLength(maximumRecords),
)
const requestBody = v.strictObject({ digest: v.nullable(v.array(v.unknown())), records })
const replyBody = v.strictObject({
  records,
  wanted: v.pipe(v.array(v.pipe(v.string(), v.maxLength(128))), v.maxLength(maximumRecords)),
})

export type StateRequest = v.InferOutput<typeof requestBody>
export type StateReply = v.InferOutput<typeof replyBody>

export function encodeStateBody(body: StateRequest | StateReply): Uint8Array {
  return encodeCbor(body)
}

/** @throws MessageError REQUEST_INVALID */
export function decodeStateRequest(bytes: Uint8Array): StateRequest {
  const body = decodeRecord(requestBody, bytes)
  if (body === undefined) throw new MessageError('REQUEST_INVALID', `${stateExchange.method}: the body is malformed`)
  return body
}

/** @throws MessageError REPLY_INVALID */
export function decodeStateReply(bytes: Uint8Array): StateReply {
  const body = decodeRecord(replyBody, bytes)
  if (body === undefined)
    throw new MessageError('REPLY_INVALID', `reply to ${stateExchange.method}: the body is malformed`)
  return body
}
