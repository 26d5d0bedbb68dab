import type { Uint8ArrayList } from 'uint8arraylist'
import { type Deadline, deadline } from '../clock/deadline.ts'
import { CodedError } from '../coded-error.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Channel, ChannelListener } from './channel.ts'
import type { Member } from './doorman.ts'
import { type Failure, failureOf } from './failure.ts'
import type { Handler } from './handler.ts'
import type { Introduction } from './hello.ts'
import { type EncodedMessage, encodeMessage, type Message, type MessageHead } from './message.ts'
import { ProtocolError } from './protocol-error.ts'
import { ReceiveWindow } from './receive-window.ts'
import { RpcError } from './rpc-error.ts'
import type { RpcLimits } from './rpc-limits.ts'
import { SendQueue } from './send-queue.ts'

export interface AnswererParts {
  readonly clock: Clock
  readonly logger: Logger
  readonly handler: Handler
  readonly limits: RpcLimits
}

/** A request from its arrival until its answer has been sent. */
interface Task {
  readonly head: MessageHead<'request'>
  readonly body: Uint8ArrayList
  readonly costBytes: number
  readonly deadline: Deadline
}

/** The answering end of a lane: runs a few handlers at a time and sends the answers as they come. */
export class Answerer implements ChannelListener {
  readonly #channel: Channel
  readonly #member: Member
  readonly #parts: AnswererParts
  readonly #requests: ReceiveWindow
  readonly #answers: SendQueue
  /** Requests whose answer has not been sent. */
  readonly #tasks = new Map<number, Task>()
  readonly #waiting = new Set<Task>()
  #running = 0

  /** The hello is over; the channel must be made to listen to this. */
  constructor(channel: Channel, { member, hello }: Introduction, parts: AnswererParts) {
    this.#channel = channel
    this.#member = member
    this.#parts = parts
    const announce = (bytes: number): void => channel.send(encodeMessage('credit', { bytes }))
    this.#requests = new ReceiveWindow(parts.limits.windowBytes, announce)
    this.#answers = new SendQueue(channel, { bytes: hello.windowBytes, messages: Number.POSITIVE_INFINITY })
  }

  message(message: Message): void {
    if (message.kind === 'request') this.#accept(message)
    else if (message.kind === 'cancel') this.#cancel(message.head.id)
    else if (message.kind === 'credit') this.#answers.grantBytes(message.head.bytes)
    else throw new ProtocolError('FRAME_INVALID', `a ${message.kind} is not a request`)
    this.#startNext()
  }

  drain(): void {
    this.#answers.pump()
    this.#startNext()
  }

  close(error?: Error): void {
    const reason = new RpcError('PEER_UNREACHABLE', 'the connection to the caller has ended', { cause: error })
    for (const task of this.#tasks.values()) task.deadline.abort(reason)
    this.#tasks.clear()
    this.#waiting.clear()
  }

  #accept({ head, body, costBytes }: Message & { kind: 'request' }): void {
    const { clock, limits } = this.#parts
    this.#requests.take(costBytes)
    if (this.#tasks.has(head.id)) throw new ProtocolError('FRAME_INVALID', `two requests have the id ${head.id}`)
    if (this.#tasks.size >= limits.requestLimit) {
      throw new ProtocolError('LIMIT_EXCEEDED', `the peer has more than ${limits.requestLimit} requests in flight`)
    }
    const task: Task = { head, body, costBytes, deadline: deadline(clock, head.timeoutMs) }
    this.#tasks.set(head.id, task)
    this.#waiting.add(task)
  }

  /** The answer may be on its way already; then there is nothing to cancel. */
  #cancel(id: number): void {
    this.#tasks.get(id)?.deadline.abort(new RpcError('ABORTED', 'the caller gave up'))
  }

  /** Starts handlers as long as few enough run and their answers find a way out. */
  #startNext(): void {
    const { runningLimit, windowBytes } = this.#parts.limits
    for (const task of this.#waiting) {
      if (this.#running >= runningLimit || this.#answers.waitingBytes >= windowBytes / 4) return
      this.#waiting.delete(task)
      this.#running += 1
      void this.#run(task)
    }
  }

  async #run(task: Task): Promise<void> {
    const answer = await this.#answer(task)
    task.deadline.dispose()
    this.#running -= 1
    if (this.#channel.isClosed) return
    this.#requests.giveBack(task.costBytes)
    this.#answers.add({ message: answer, onSent: () => this.#tasks.delete(task.head.id) })
    this.#startNext()
  }

  async #answer({ head: { id, method, head }, body, deadline: limit }: Task): Promise<EncodedMessage> {
    try {
      if (limit.end !== undefined) throw limit.end.reason
      const from = this.#member
      const reply = await this.#parts.handler({
        method,
        head,
        body,
        isBodyLent: true,
        from,
        get signal() {
          return limit.signal
        },
      })
      return encodeMessage('reply', { id, head: reply.head ?? {} }, reply.body)
    } catch (error) {
      // What a handler throws once it was told to stop says no more than that.
      const cause = limit.end !== undefined && !(error instanceof CodedError) ? limit.end.reason : error
      return encodeMessage('failure', { id, ...this.#describe(cause, method) })
    }
  }

  #describe(error: unknown, method: string): Failure {
    if (error instanceof CodedError) return failureOf(error)
    this.#parts.logger.error({ err: error, method, from: this.#member.peerId }, 'a request handler failed')
    return { code: 'INTERNAL', message: 'internal error', retryable: false }
  }
}
