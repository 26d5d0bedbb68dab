/**
 * What the frame of each kind of message holds besides its body: a number, and a head. The messages that are sent all
 * the time are laid out byte by byte; what they carry for their method, and what is rare, is CBOR.
 */
import * as v from 'valibot'
import { decodeCbor, encodeCbor } from '../encoding/cbor.ts'
import { codeSchema, type Failure, failureSchema, maximumErrorTextLength } from './failure.ts'
import { maximumCostBytes } from './frame.ts'
import { ProtocolError } from './protocol-error.ts'

/** `control` is for small messages, `bulk` for those with bodies: a heartbeat does not wait behind a shard. */
const lanes = ['control', 'bulk'] as const
export type Lane = (typeof lanes)[number]

/** Longest credential in a hello, in bytes. */
export const maximumCredentialBytes = 16 * 1024
/** 2^31 − 1 ms, 24 days: what fits in any timer. */
export const maximumTimeoutMs = 2 ** 31 - 1

const positive = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(0xffff_ffff))
const text = (limit: number) => v.pipe(v.string(), v.maxLength(limit))

const hello = v.strictObject({
  network: text(128),
  lane: v.picklist(lanes),
  credential: v.custom<Uint8Array>((value) => value instanceof Uint8Array && value.length <= maximumCredentialBytes),
  windowBytes: v.pipe(positive, v.minValue(2 * maximumCostBytes)),
  requestLimit: positive,
})
const refusal = v.strictObject({ code: codeSchema, message: text(maximumErrorTextLength) })

/** What a message of each kind tells besides its body. */
export interface Heads {
  readonly hello: Readonly<v.InferOutput<typeof hello>>
  readonly refusal: Readonly<v.InferOutput<typeof refusal>>
  readonly request: { readonly id: number; readonly method: string; readonly timeoutMs: number; readonly head: unknown }
  readonly reply: { readonly id: number; readonly head: unknown }
  readonly failure: Failure & { readonly id: number }
  readonly cancel: { readonly id: number }
  readonly credit: { readonly bytes: number }
}

interface Layout<Head> {
  /** @throws TypeError when the head has no place in CBOR */
  encode(head: Head): { number: number; head: Uint8Array }
  /** @throws ProtocolError FRAME_INVALID */
  decode(number: number, head: Uint8Array): Head
}

/** Of a request: its timeout, the length of its method's name, and then that name. */
const methodOffset = 5
const methodPattern = /^[a-z][a-z0-9.-]{0,63}$/
const nothing = new Uint8Array()

export const layouts: { readonly [Kind in keyof Heads]: Layout<Heads[Kind]> } = {
  hello: {
    encode: (head) => ({ number: 0, head: encode(head) }),
    decode: (number, head) => parsed('hello', hello, head, number === 0),
  },
  refusal: {
    encode: (head) => ({ number: 0, head: encode(head) }),
    decode: (number, head) => parsed('refusal', refusal, head, number === 0),
  },
  request: {
    encode({ id, method, timeoutMs, head }) {
      const value = encodeValue(head)
      const bytes = Buffer.allocUnsafe(methodOffset + method.length + value.length)
      bytes.writeUInt32BE(timeoutMs)
      bytes[4] = method.length
      bytes.write(method, methodOffset, 'latin1')
      bytes.set(value, methodOffset + method.length)
      return { number: id, head: bytes }
    },
    decode(id, head) {
      const valueOffset = methodOffset + (head[4] ?? Number.POSITIVE_INFINITY)
      if (head.length < valueOffset) throw invalid('request: it ends before its method does')
      const bytes = Buffer.from(head.buffer, head.byteOffset, valueOffset)
      const timeoutMs = bytes.readUInt32BE()
      if (timeoutMs < 1 || timeoutMs > maximumTimeoutMs) throw invalid(`request: a timeout of ${timeoutMs} ms`)
      const method = bytes.toString('latin1', methodOffset)
      if (!isMethod(method)) throw invalid('request: what should be its method is no name')
      return { id, method, timeoutMs, head: decodeValue(head.subarray(valueOffset)) }
    },
  },
  reply: {
    encode: ({ id, head }) => ({ number: id, head: encodeValue(head) }),
    decode: (id, head) => ({ id, head: decodeValue(head) }),
  },
  failure: {
    encode: ({ id, ...rest }) => ({ number: id, head: encode(rest) }),
    decode: (id, head) => ({ id, ...parsed('failure', failureSchema, head) }),
  },
  cancel: {
    encode: ({ id }) => ({ number: id, head: nothing }),
    decode(id, head) {
      if (head.length > 0) throw invalid('cancel: it has a head')
      return { id }
    },
  },
  credit: {
    encode: ({ bytes }) => ({ number: bytes, head: nothing }),
    decode(bytes, head) {
      if (head.length > 0 || bytes < 1) throw invalid('credit: it has a head, or gives nothing')
      return { bytes }
    },
  },
}

/** Whether a text can name a method: lower case, digits, dots and hyphens, at most 64. */
export function isMethod(name: string): boolean {
  return methodPattern.test(name)
}

/** An empty map, which many heads are, takes no bytes. */
function encodeValue(value: unknown): Uint8Array {
  const bytes = encode(value)
  return bytes.length === 1 && bytes[0] === emptyMap ? nothing : bytes
}

function decodeValue(bytes: Uint8Array): unknown {
  return bytes.length === 0 ? {} : decode(bytes)
}

const emptyMap = 0xa0

function encode(value: unknown): Uint8Array {
  try {
    return encodeCbor(value)
  } catch (cause) {
    throw new TypeError('a head may hold only what CBOR can say', { cause })
  }
}

function decode(bytes: Uint8Array): unknown {
  try {
    return decodeCbor(bytes)
  } catch (cause) {
    throw new ProtocolError('FRAME_INVALID', 'what arrived has a head that is not valid CBOR', { cause })
  }
}

function parsed<Schema extends typeof hello | typeof refusal | typeof failureSchema>(
  kind: keyof Heads,
  schema: Schema,
  head: Uint8Array,
  isNumberRight = true,
): v.InferOutput<Schema> {
  if (!isNumberRight) throw invalid(`${kind}: it has a number`)
  const result = v.safeParse(schema, decode(head))
  if (result.success) return result.output
  const [issue] = result.issues
  throw invalid(`${kind}: ${v.getDotPath(issue) ?? 'head'}: ${issue.message}`)
}

function invalid(reason: string): ProtocolError {
  return new ProtocolError('FRAME_INVALID', reason)
}
