import type { Uint8ArrayList } from 'uint8arraylist'
import type { Member } from './doorman.ts'

/** A request from a member. */
export interface Request {
  readonly method: string
  /** Well-formed CBOR, otherwise unchecked. */
  readonly head: unknown
  /** Owned by the handler. */
  readonly body: Uint8ArrayList
  /** Whether the body's memory may be given back to `arrivals` (slabs.ts) in the end. Default: it is the caller's. */
  readonly isBodyLent?: boolean
  readonly from: Member
  /** Aborted when the caller gives up, its deadline passes, or the connection ends. */
  readonly signal: AbortSignal
}

export interface Reply {
  /** Default: an empty map. */
  readonly head?: unknown
  /** Must not change once the handler has returned it. */
  readonly body?: Uint8Array | Uint8ArrayList | undefined
}

/**
 * Answers a request. A CodedError it throws is told to the caller as it is; of anything else the caller learns only that it
 * happened, and the log the rest.
 */
export type Handler = (request: Request) => Promise<Reply>
