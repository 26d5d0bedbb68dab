import type { Channel } from './channel.ts'
import type { EncodedMessage } from './message.ts'
import { ProtocolError } from './protocol-error.ts'

/** What the other end lets us have in flight. */
export interface Credit {
  readonly bytes: number
  readonly messages: number
}

/** A message that waits for credit. */
export interface QueuedMessage {
  readonly message: EncodedMessage
  /** Called once, when the message has been handed to the stream. */
  readonly onSent: () => void
}

/** Messages in the order of their arrival, sent as far as credit and the stream allow. */
export class SendQueue {
  readonly #channel: Channel
  readonly #windowBytes: number
  readonly #waiting = new Set<QueuedMessage>()
  #waitingBytes = 0
  #creditBytes: number
  #creditMessages: number

  constructor(channel: Channel, credit: Credit) {
    this.#channel = channel
    this.#windowBytes = credit.bytes
    this.#creditBytes = credit.bytes
    this.#creditMessages = credit.messages
  }

  /** Messages that wait. */
  get length(): number {
    return this.#waiting.size
  }

  /** Their cost. */
  get waitingBytes(): number {
    return this.#waitingBytes
  }

  add(entry: QueuedMessage): void {
    this.#waiting.add(entry)
    this.#waitingBytes += entry.message.costBytes
    this.pump()
  }

  /** Takes back a message. False when it has already been sent. */
  remove(entry: QueuedMessage): boolean {
    const removed = this.#waiting.delete(entry)
    if (removed) this.#waitingBytes -= entry.message.costBytes
    return removed
  }

  /** @throws ProtocolError CREDIT_EXCEEDED when more bytes are given back than were ever sent */
  grantBytes(bytes: number): void {
    if (this.#creditBytes + bytes > this.#windowBytes) {
      throw new ProtocolError('CREDIT_EXCEEDED', `the peer gave back more than its window of ${this.#windowBytes} B`)
    }
    this.#creditBytes += bytes
    this.pump()
  }

  /** Room for one more message. */
  grantMessage(): void {
    this.#creditMessages += 1
    this.pump()
  }

  /** Sends what may be sent now; to be called again when the channel has drained. */
  pump(): void {
    for (const entry of this.#waiting) {
      const { costBytes } = entry.message
      if (this.#channel.isBlocked || this.#creditMessages < 1 || this.#creditBytes < costBytes) return
      this.#creditMessages -= 1
      this.#creditBytes -= costBytes
      this.remove(entry)
      this.#channel.send(entry.message)
      entry.onSent()
    }
  }
}
