/**
 * Frames: how messages are laid out on a stream of bytes.
 *
 *   offset  bytes
 *   0       2      magic, 'p2'
 *   2       1      version, 1
 *   3       1      kind of message
 *   4       4      number: which request it belongs to, or how much
 *   8       4      head length
 *   12      4      body length
 *   16      …      head
 *   …       …      body: raw bytes
 *
 * Numbers are big-endian. The head is small and parsed; the body is large and never touched: what the stream delivered
 * is passed on as it lies in memory, as a list of pieces. Lengths are checked as soon as they are known, before
 * anything is kept.
 */
import { Uint8ArrayList } from 'uint8arraylist'
import { ProtocolError } from './protocol-error.ts'

const frameVersion = 1
export const prefixBytes = 16
export const maximumHeadBytes = 64 * 1024
/** A shard of 1 MiB, and room for what a method packs beside it. */
export const maximumBodyBytes = 1024 * 1024 + 4096
/** Largest cost of one message: what it weighs against a window of credit is the length of its head and body. */
export const maximumCostBytes = maximumHeadBytes + maximumBodyBytes

const magic0 = 0x70
const magic1 = 0x32
/** A frame that arrives in more pieces than this is copied into one buffer: crumbs cost more memory than they carry. */
const pieceLimit = 64
const nothing = new Uint8Array()

export interface Frame {
  readonly kind: number
  readonly number: number
  readonly head: Uint8Array
  readonly body: Uint8ArrayList
}

export interface FrameLimits {
  readonly headBytes: number
  readonly bodyBytes: number
}

/** What goes on the wire: prefix and head in one piece, then the body's pieces as they are. */
export function encodeFrame(
  { kind, number, head }: Pick<Frame, 'kind' | 'number' | 'head'>,
  body?: Uint8Array | Uint8ArrayList,
): Uint8Array[] {
  const start = Buffer.allocUnsafe(prefixBytes + head.length)
  start[0] = magic0
  start[1] = magic1
  start[2] = frameVersion
  start[3] = kind
  start.writeUInt32BE(number, 4)
  start.writeUInt32BE(head.length, 8)
  start.writeUInt32BE(body?.byteLength ?? 0, 12)
  start.set(head, prefixBytes)
  if (body === undefined || body.byteLength === 0) return [start]
  return body instanceof Uint8Array ? [start, body] : [start, ...body]
}

/** Cuts a stream of bytes, which may arrive in pieces of any size, into frames. */
export class FrameParser {
  /** Frames whose prefix is parsed from now on must fit. */
  limits: FrameLimits
  readonly #prefix = new Uint8Array(prefixBytes)
  readonly #prefixView = new DataView(this.#prefix.buffer)
  #prefixLength = 0
  #payload: Payload | undefined

  constructor(limits: FrameLimits) {
    this.limits = limits
  }

  /**
   * The frames that this piece completes. The piece becomes part of them and must not change.
   * @throws ProtocolError FRAME_INVALID; the rest of the stream is then worthless
   */
  *push(piece: Uint8Array): Generator<Frame, void, undefined> {
    let offset = 0
    while (offset < piece.length) {
      if (this.#payload === undefined) {
        const part = piece.subarray(offset, offset + prefixBytes - this.#prefixLength)
        this.#prefix.set(part, this.#prefixLength)
        this.#prefixLength += part.length
        offset += part.length
        if (this.#prefixLength < prefixBytes) return
        this.#payload = this.#openPayload()
      }
      offset += this.#payload.add(piece, offset)
      if (!this.#payload.isWhole) return
      const frame = this.#payload.toFrame(this.#prefix[3]!, this.#prefixView.getUint32(4))
      this.#payload = undefined
      this.#prefixLength = 0
      yield frame
    }
  }

  #openPayload(): Payload {
    const view = this.#prefixView
    if (view.getUint8(0) !== magic0 || view.getUint8(1) !== magic1)
      throw invalid('it does not start with the magic bytes')
    if (view.getUint8(2) !== frameVersion) throw invalid(`version ${view.getUint8(2)} is not known here`)
    const headBytes = view.getUint32(8)
    const bodyBytes = view.getUint32(12)
    if (headBytes > this.limits.headBytes) throw invalid(`a head of ${headBytes} B is over ${this.limits.headBytes} B`)
    if (bodyBytes > this.limits.bodyBytes) throw invalid(`a body of ${bodyBytes} B is over ${this.limits.bodyBytes} B`)
    return new Payload(headBytes, bodyBytes)
  }
}

/** Head and body of one frame, while they arrive. */
class Payload {
  readonly #headBytes: number
  readonly #wholeBytes: number
  #pieces: Uint8Array[] = []
  #length = 0
  /** Holds everything once there have been too many pieces. */
  #gathered: Uint8Array | undefined

  constructor(headBytes: number, bodyBytes: number) {
    this.#headBytes = headBytes
    this.#wholeBytes = headBytes + bodyBytes
  }

  get isWhole(): boolean {
    return this.#length === this.#wholeBytes
  }

  /** Takes what belongs to this frame from `offset` on and returns how many bytes that was. */
  add(piece: Uint8Array, offset: number): number {
    const part = piece.subarray(offset, offset + this.#wholeBytes - this.#length)
    if (part.length === 0) return 0
    if (this.#gathered === undefined && this.#pieces.length === pieceLimit) this.#gather()
    if (this.#gathered === undefined) this.#pieces.push(part)
    else this.#gathered.set(part, this.#length)
    this.#length += part.length
    return part.length
  }

  #gather(): void {
    const gathered = new Uint8Array(this.#wholeBytes)
    let offset = 0
    for (const piece of this.#pieces) {
      gathered.set(piece, offset)
      offset += piece.length
    }
    this.#gathered = gathered
    this.#pieces = [gathered]
  }

  toFrame(kind: number, number: number): Frame {
    const [first = nothing] = this.#pieces
    if (first.length >= this.#headBytes) {
      const rest = this.#pieces.slice(1)
      if (first.length > this.#headBytes) rest.unshift(first.subarray(this.#headBytes))
      const body = Uint8ArrayList.fromUint8Arrays(rest, this.#wholeBytes - this.#headBytes)
      return { kind, number, head: first.subarray(0, this.#headBytes), body }
    }
    const all = Uint8ArrayList.fromUint8Arrays(this.#pieces, this.#wholeBytes)
    return { kind, number, head: all.subarray(0, this.#headBytes), body: all.sublist(this.#headBytes) }
  }
}

function invalid(reason: string): ProtocolError {
  return new ProtocolError('FRAME_INVALID', `what arrived is not a valid frame: ${reason}`)
}
