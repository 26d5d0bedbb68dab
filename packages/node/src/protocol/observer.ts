import type { Member } from './doorman.ts'

/** How a call went. */
export interface CallReport {
  readonly peerId: string
  readonly method: string
  /** From the call to its end, connecting and waiting for credit included. */
  readonly elapsedMs: number
  /** Bodies in both directions. */
  readonly bytes: number
  /**
   * - `answered`: the peer's handler answered, be it with an error
   * - `undelivered`: the peer could not be reached, or gave no answer in time
   * - `unsent`: this side gave up or was in no state to send; says nothing about the peer
   */
  readonly outcome: 'answered' | 'undelivered' | 'unsent'
  /** The error's code, when there was an error. */
  readonly code?: string
}

/** Watches an rpc. What a callback throws is logged and goes no further. */
export interface RpcObserver {
  /** The first stream with a member is open. */
  connected?(member: Member, address: string): void
  /** The last stream with a member is closed. */
  disconnected?(member: Member): void
  /** A call has ended. */
  called?(report: CallReport): void
}
