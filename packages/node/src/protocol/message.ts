/**
 * The messages of the protocol, one kind of frame each. docs/protocol.md tells what they mean and in which order they come.
 */
import type { Uint8ArrayList } from 'uint8arraylist'
import { encodeFrame, type Frame, maximumBodyBytes, maximumHeadBytes } from './frame.ts'
import { type Heads, layouts } from './head-layout.ts'
import { ProtocolError } from './protocol-error.ts'

/** The byte that stands for a kind in a frame. */
const kinds = { hello: 1, refusal: 2, request: 3, reply: 4, failure: 5, cancel: 6, credit: 7 } as const

export type MessageKind = keyof typeof kinds
export type MessageHead<Kind extends MessageKind> = Heads[Kind]

/** A message as it arrived. Only requests and replies have bodies. */
export type Message = {
  [Kind in MessageKind]: {
    readonly kind: Kind
    readonly head: MessageHead<Kind>
    readonly body: Uint8ArrayList
    /** What it weighs against a window of credit: the bytes of its head and body. */
    readonly costBytes: number
  }
}[MessageKind]

const kindOf = new Map<number, MessageKind>(Object.entries(kinds).map(([kind, byte]) => [byte, kind as MessageKind]))

export interface EncodedMessage {
  readonly pieces: readonly Uint8Array[]
  readonly costBytes: number
}

/** @throws RangeError when head or body is too large; TypeError when the head has no place in CBOR */
export function encodeMessage<Kind extends MessageKind>(
  kind: Kind,
  message: MessageHead<Kind>,
  body?: Uint8Array | Uint8ArrayList,
): EncodedMessage {
  const { number, head } = layouts[kind].encode(message)
  const bodyBytes = body?.byteLength ?? 0
  if (head.length > maximumHeadBytes) throw new RangeError(`a head of ${head.length} B is over ${maximumHeadBytes} B`)
  if (bodyBytes > maximumBodyBytes) throw new RangeError(`a body of ${bodyBytes} B is over ${maximumBodyBytes} B`)
  return { pieces: encodeFrame({ kind: kinds[kind], number, head }, body), costBytes: head.length + bodyBytes }
}

/** @throws ProtocolError FRAME_INVALID */
export function decodeMessage({ kind: byte, number, head, body }: Frame): Message {
  const kind = kindOf.get(byte)
  if (kind === undefined) throw new ProtocolError('FRAME_INVALID', `there is no kind ${byte} of message`)
  if (body.byteLength > 0 && kind !== 'request' && kind !== 'reply') {
    throw new ProtocolError('FRAME_INVALID', `a ${kind} has no body`)
  }
  const costBytes = head.length + body.byteLength
  return { kind, head: layouts[kind].decode(number, head), body, costBytes } as Message
}
