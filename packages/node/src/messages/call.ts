import type { Uint8ArrayList } from 'uint8arraylist'
import type * as v from 'valibot'
import type { CallOptions } from '../protocol/rpc.ts'
import type { Message } from './message.ts'

export interface TypedReply<Head> {
  readonly head: Head
  readonly body: Uint8ArrayList
}

/**
 * Sends a request to a member and checks its reply.
 * @throws RpcError, RemoteError, MessageError REPLY_INVALID
 */
export type Call = <Q extends v.GenericSchema, R extends v.GenericSchema>(
  peerId: string,
  message: Message<Q, R>,
  head: v.InferInput<Q>,
  options: CallOptions,
) => Promise<TypedReply<v.InferOutput<R>>>
