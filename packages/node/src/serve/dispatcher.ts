import { assertInTable, assertMayAsk } from '../membership/permissions.ts'
import { MessageError } from '../messages/message.ts'
import type { Handler } from '../protocol/handler.ts'

/** Answers each request by the handler of its method, to those who may ask for it. @throws TypeError when nobody may */
export function dispatcher(handlers: ReadonlyMap<string, Handler>): Handler {
  assertInTable(handlers.keys())
  return async (request) => {
    assertMayAsk(request.from.role, request.method, request.head)
    const handle = handlers.get(request.method)
    if (handle === undefined) throw new MessageError('METHOD_UNKNOWN', `this peer does not answer ${request.method}`)
    return handle(request)
  }
}
