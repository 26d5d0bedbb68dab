/** What messages about state take on the wire, near enough: counting is a hundred times cheaper than encoding. */
import type { SignedRecord } from '@p2pstore/node/memory'

/** Frame and its head, the TLS record, TCP and IP. */
const envelopeBytes = 12 + 50 + 22 + 40
const entryBytes = 25.5
const shortIdBytes = 13

/** @param body of a request or an answer */
export function wireBytes(body: object): number {
  return envelopeBytes + bodyBytes(body)
}

/** Of the body alone. */
export function bodyBytes(body: object): number {
  let bytes = 1
  for (const key in body) bytes += 1 + key.length + fieldBytes(key, (body as { readonly [key: string]: unknown })[key])
  return bytes
}

function fieldBytes(key: string, value: unknown): number {
  if (typeof value === 'string') return 2 + value.length
  if (value instanceof Uint8Array) return 3 + value.length
  if (typeof value === 'boolean') return 1
  if (!Array.isArray(value)) return 75
  if (key === 'buckets') return 3 + 2.5 * value.length
  if (key === 'entries') return 3 + entryBytes * value.length
  if (key === 'wanted') return 3 + shortIdBytes * value.length
  if (key === 'accusations') return 3 + 126 * value.length
  const records = value as readonly SignedRecord[]
  return 3 + records.reduce((sum, { payload, signature }) => sum + payload.length + signature.length + 25, 0)
}
