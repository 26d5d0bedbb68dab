import type { CompareReply, CompareRequest, SwapReply, SwapRequest } from '../messages/state-messages.ts'

/** How a node's words about state reach others: over the rpc, or through a simulated network. Each call may fail. */
export interface Messenger {
  compare(peerId: string, request: CompareRequest, options: MessengerOptions): Promise<CompareReply>
  swap(peerId: string, request: SwapRequest, options: MessengerOptions): Promise<SwapReply>
  /** Bytes of the messages sent so far, answers included. */
  readonly sentBytes: number
}

export interface MessengerOptions {
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}

/** The other end of a {@link Messenger}. */
export interface Answerer {
  compare(peerId: string, request: CompareRequest): CompareReply
  swap(peerId: string, request: SwapRequest): SwapReply
}
