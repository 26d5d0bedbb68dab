import { CodedError } from '../coded-error.ts'
import type { Failure } from './failure.ts'

/**
 * A call that did not get an answer from the peer's handler.
 *
 * - PEER_UNREACHABLE: no stream could be opened, or it broke before the answer; the request may or may not have been handled
 * - TIMEOUT: no answer within `timeoutMs`; the peer was told to give up, but may have handled the request
 * - ABORTED: the caller's signal was aborted; `cause` is its reason; the peer was told to give up
 * - OVERLOADED: too many calls to this peer are waiting to be sent; nothing was sent
 * - CLOSED: this side has been closed
 */
export class RpcError extends CodedError<'PEER_UNREACHABLE' | 'TIMEOUT' | 'ABORTED' | 'OVERLOADED' | 'CLOSED'> {}

/**
 * The answer was an error. `code` and `message` are the peer's own words: a code of one of its CodedErrors, or INTERNAL when
 * its handler failed in a way that is only in its log.
 */
export class RemoteError extends CodedError {
  readonly peerId: string

  constructor(peerId: string, failure: Failure) {
    super(failure.code, failure.message, { retryable: failure.retryable })
    this.peerId = peerId
  }
}
