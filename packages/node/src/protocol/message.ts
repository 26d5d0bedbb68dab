/**
 * The messages of the protocol, one kind of frame each. docs/protocol.md tells what they mean and in which order they come.
 */
import type { Uint8ArrayList } from 'uint8arraylist'
import * as v from 'valibot'
import { decodeCbor, encodeCbor } from '../encoding/cbor.ts'
import { encodeFrame, type Frame, maximumBodyBytes, maximumHeadBytes } from './frame.ts'
import { ProtocolError } from './protocol-error.ts'

/** `control` is for small messages, `bulk` for those with bodies: a heartbeat does not wait behind a shard. */
const lanes = ['control', 'bulk'] as const
export type Lane = (typeof lanes)[number]

/** Longest credential in a hello, in bytes. */
export const maximumCredentialBytes = 16 * 1024
export const maximumErrorTextLength = 1024
/** Largest cost of one message: what it weighs against a window of credit is the length of its head and body. */
export const maximumCostBytes = maximumHeadBytes + maximumBodyBytes
/** 2^31 − 1 ms, 24 days: what fits in any timer. */
export const maximumTimeoutMs = 2 ** 31 - 1

const uint32 = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffff_ffff))
const positive = v.pipe(uint32, v.minValue(1))
const text = (limit: number) => v.pipe(v.string(), v.maxLength(limit))
const code = v.pipe(v.string(), v.regex(/^[A-Z][A-Z0-9_]{0,63}$/))
const method = v.pipe(v.string(), v.regex(/^[a-z][a-z0-9.-]{0,63}$/))

const schemas = {
  hello: v.strictObject({
    network: text(128),
    lane: v.picklist(lanes),
    credential: v.custom<Uint8Array>((value) => value instanceof Uint8Array && value.length <= maximumCredentialBytes),
    windowBytes: v.pipe(positive, v.minValue(2 * maximumCostBytes)),
    requestLimit: positive,
  }),
  refusal: v.strictObject({ code, message: text(maximumErrorTextLength) }),
  request: v.strictObject({
    id: uint32,
    method,
    timeoutMs: v.pipe(positive, v.maxValue(maximumTimeoutMs)),
    head: v.unknown(),
  }),
  reply: v.strictObject({ id: uint32, head: v.unknown() }),
  failure: v.strictObject({ id: uint32, code, message: text(maximumErrorTextLength), retryable: v.boolean() }),
  cancel: v.strictObject({ id: uint32 }),
  credit: v.strictObject({ bytes: positive }),
}

/** The byte that stands for a kind in a frame. */
const kinds = { hello: 1, refusal: 2, request: 3, reply: 4, failure: 5, cancel: 6, credit: 7 } as const

export type MessageKind = keyof typeof kinds
export type MessageHead<Kind extends MessageKind> = v.InferOutput<(typeof schemas)[Kind]>

/** A message as it arrived. Only requests and replies have bodies. */
export type Message = {
  [Kind in MessageKind]: {
    readonly kind: Kind
    readonly head: MessageHead<Kind>
    readonly body: Uint8ArrayList
    readonly costBytes: number
  }
}[MessageKind]

/** Whether a text can name a method: lower case, digits, dots and hyphens, at most 64. */
export function isMethod(name: string): boolean {
  return v.is(method, name)
}

const kindOf = new Map<number, MessageKind>(Object.entries(kinds).map(([kind, byte]) => [byte, kind as MessageKind]))

export interface EncodedMessage {
  readonly pieces: readonly Uint8Array[]
  readonly costBytes: number
}

/** @throws RangeError when head or body is too large; TypeError when the head has no place in CBOR */
export function encodeMessage<Kind extends MessageKind>(
  kind: Kind,
  head: MessageHead<Kind>,
  body?: Uint8Array | Uint8ArrayList,
): EncodedMessage {
  const bytes = encode(head)
  const bodyBytes = body?.byteLength ?? 0
  if (bytes.length > maximumHeadBytes) throw new RangeError(`a head of ${bytes.length} B is over ${maximumHeadBytes} B`)
  if (bodyBytes > maximumBodyBytes) throw new RangeError(`a body of ${bodyBytes} B is over ${maximumBodyBytes} B`)
  return { pieces: encodeFrame(kinds[kind], bytes, body), costBytes: bytes.length + bodyBytes }
}

function encode(head: unknown): Uint8Array {
  try {
    return encodeCbor(head)
  } catch (cause) {
    throw new TypeError('a head may hold only what CBOR can say', { cause })
  }
}

/** @throws ProtocolError FRAME_INVALID */
export function decodeMessage(frame: Frame): Message {
  const kind = kindOf.get(frame.kind)
  if (kind === undefined) throw new ProtocolError('FRAME_INVALID', `there is no kind ${frame.kind} of message`)
  if (frame.body.byteLength > 0 && kind !== 'request' && kind !== 'reply') {
    throw new ProtocolError('FRAME_INVALID', `a ${kind} has no body`)
  }
  const parsed = v.safeParse(schemas[kind], decodeFrameHead(frame.head))
  if (!parsed.success) {
    const [issue] = parsed.issues
    throw new ProtocolError('FRAME_INVALID', `${kind}: ${v.getDotPath(issue) ?? 'head'}: ${issue.message}`)
  }
  const costBytes = frame.head.length + frame.body.byteLength
  return { kind, head: parsed.output, body: frame.body, costBytes } as Message
}

/** @throws ProtocolError FRAME_INVALID */
function decodeFrameHead(head: Uint8Array): unknown {
  try {
    return decodeCbor(head)
  } catch (cause) {
    throw new ProtocolError('FRAME_INVALID', 'what arrived has a head that is not valid CBOR', { cause })
  }
}
