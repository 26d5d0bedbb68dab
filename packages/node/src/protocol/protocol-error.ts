import { CodedError } from '../coded-error.ts'

/**
 * Why a stream between two peers was ended.
 *
 * - FRAME_INVALID: what arrived is not a frame, or not a message that makes sense at this point
 * - HELLO_MISSING: the peer did not introduce itself, or not in time
 * - WRONG_NETWORK: the peer belongs to another network
 * - CREDIT_EXCEEDED: the peer sent more than it was allowed to have in flight
 * - LIMIT_EXCEEDED: the peer opened too many streams or sent too many requests at once
 */
export class ProtocolError extends CodedError<
  'FRAME_INVALID' | 'HELLO_MISSING' | 'WRONG_NETWORK' | 'CREDIT_EXCEEDED' | 'LIMIT_EXCEEDED'
> {}
