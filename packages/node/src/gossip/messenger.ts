import type { News } from '@p2pstore/state'
import type {
  AskReply,
  AskRequest,
  CompareReply,
  CompareRequest,
  Pong,
  SwapReply,
  SwapRequest,
  TellReply,
} from '../messages/state-messages.ts'

/** How a node's words about state reach others: over the rpc, or through a simulated network. Each call may fail. */
export interface Messenger {
  compare(peerId: string, request: CompareRequest, options: MessengerOptions): Promise<CompareReply>
  swap(peerId: string, request: SwapRequest, options: MessengerOptions): Promise<SwapReply>
  tell(peerId: string, news: News, options: MessengerOptions): Promise<TellReply>
  ping(peerId: string, options: MessengerOptions): Promise<Pong>
  ask(peerId: string, request: AskRequest, options: MessengerOptions): Promise<AskReply>
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
  tell(peerId: string, news: News): TellReply
  ping(peerId: string): Pong
  ask(peerId: string, request: AskRequest): Promise<AskReply>
}
