import type { Uint8ArrayList } from 'uint8arraylist'
import type { Deadline } from '../clock/deadline.ts'
import type { Channel, ChannelListener } from './channel.ts'
import type { Member } from './doorman.ts'
import type { Introduction } from './hello.ts'
import { encodeMessage, type Message } from './message.ts'
import { ProtocolError } from './protocol-error.ts'
import { ReceiveWindow } from './receive-window.ts'
import { RemoteError, RpcError } from './rpc-error.ts'
import type { RpcLimits } from './rpc-limits.ts'
import { type QueuedMessage, SendQueue } from './send-queue.ts'

export interface Question {
  readonly method: string
  readonly head: unknown
  readonly body: Uint8Array | Uint8ArrayList | undefined
  /** How long the other end may take, from the moment it has the request. */
  readonly timeoutMs: number
}

export interface Answer {
  readonly head: unknown
  readonly body: Uint8ArrayList
}

/** A request that was not answered yet. A given-up one stays, because it takes up room at the other end until then. */
interface Pending {
  resolve(answer: Answer): void
  reject(error: unknown): void
  isGivenUp: boolean
}

type CallerLimits = Pick<RpcLimits, 'windowBytes' | 'queueLimit'>

/** The requesting end of a lane: sends requests, takes the answers in any order. */
export class Caller implements ChannelListener {
  readonly member: Member
  readonly #channel: Channel
  readonly #queueLimit: number
  readonly #queue: SendQueue
  readonly #replies: ReceiveWindow
  readonly #pending = new Map<number, Pending>()
  #nextId = 0
  #isRetired = false

  /** The hello is over; the channel must be made to listen to this. */
  constructor(channel: Channel, { member, hello }: Introduction, limits: CallerLimits) {
    this.member = member
    this.#channel = channel
    this.#queueLimit = limits.queueLimit
    this.#queue = new SendQueue(channel, { bytes: hello.windowBytes, messages: hello.requestLimit })
    this.#replies = new ReceiveWindow(limits.windowBytes, (bytes) => channel.send(encodeMessage('credit', { bytes })))
  }

  /**
   * @throws RemoteError; RpcError PEER_UNREACHABLE, OVERLOADED; what ended the deadline when it is over;
   *   RangeError or TypeError when the request can't be put in a frame
   */
  call(question: Question, limit: Deadline): Promise<Answer> {
    if (limit.end !== undefined) return Promise.reject(limit.end.reason)
    if (this.#channel.isClosed) return Promise.reject(this.#gone(undefined))
    if (this.#queue.length >= this.#queueLimit) {
      const text = `${this.#queueLimit} calls to ${this.member.peerId} are waiting to be sent`
      return Promise.reject(new RpcError('OVERLOADED', text, { retryable: true }))
    }
    return new Promise((resolve, reject) => {
      const { body, ...head } = question
      const id = this.#takeId()
      const message = encodeMessage('request', { id, ...head }, body)
      const entry: QueuedMessage = { message, onSent: () => {} }
      limit.onEnd((reason) => {
        this.#giveUp(id, entry)
        reject(reason)
      })
      this.#pending.set(id, { isGivenUp: false, resolve, reject })
      this.#queue.add(entry)
    })
  }

  get isSuperseded(): boolean {
    return this.#channel.isSuperseded
  }

  /** Ends the lane when all requests have been answered: there will be no more. */
  retire(): void {
    this.#isRetired = true
    if (this.#pending.size === 0) void this.#channel.close()
  }

  #takeId(): number {
    do this.#nextId = (this.#nextId + 1) >>> 0
    while (this.#pending.has(this.#nextId))
    return this.#nextId
  }

  #giveUp(id: number, entry: QueuedMessage): void {
    const pending = this.#pending.get(id)
    if (pending === undefined) return
    if (this.#queue.remove(entry)) {
      this.#pending.delete(id)
      return
    }
    pending.isGivenUp = true
    this.#channel.send(encodeMessage('cancel', { id }))
  }

  message(message: Message): void {
    if (message.kind === 'credit') {
      this.#queue.grantBytes(message.head.bytes)
      return
    }
    if (message.kind !== 'reply' && message.kind !== 'failure') {
      throw new ProtocolError('FRAME_INVALID', `a ${message.kind} is not an answer`)
    }
    const pending = this.#pending.get(message.head.id)
    if (pending === undefined)
      throw new ProtocolError('FRAME_INVALID', 'there is no request with the id of this answer')
    this.#replies.take(message.costBytes)
    this.#pending.delete(message.head.id)
    if (!pending.isGivenUp) {
      if (message.kind === 'reply') pending.resolve({ head: message.head.head, body: message.body })
      else pending.reject(new RemoteError(this.member.peerId, message.head))
    }
    this.#replies.giveBack(message.costBytes)
    this.#queue.grantMessage()
    if (this.#isRetired) this.retire()
  }

  drain(): void {
    this.#queue.pump()
  }

  close(error?: Error): void {
    for (const pending of this.#pending.values()) pending.reject(this.#gone(error))
    this.#pending.clear()
  }

  #gone(cause: unknown): RpcError {
    if (cause instanceof RpcError) return cause
    const text = `the connection to ${this.member.peerId} ended before the answer`
    return new RpcError('PEER_UNREACHABLE', text, { cause, retryable: true })
  }
}
