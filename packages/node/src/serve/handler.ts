import { type Message, parseRequest } from '../messages/message.ts'
import type { Handler, Reply, Request } from '../protocol/handler.ts'

/** The handler of one message, by its method; it gets heads that have been checked. */
export function handler<M extends Message>(
  message: M,
  answer: (head: ReturnType<typeof parseRequest<M['request']>>, request: Request) => Promise<Reply>,
): [string, Handler] {
  return [message.method, (request) => answer(parseRequest(message, request.head), request)]
}
