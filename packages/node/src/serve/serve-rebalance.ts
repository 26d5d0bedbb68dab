/**
 * What a node answers to those who have the network rebalanced. Any member that may store may ask: the node moves nothing but
 * what is due by its own view, at its own pace, and what is due to be moved stays due whoever asks.
 */
import { type Message, parseRequest } from '../messages/message.ts'
import { rebalanceBegin, rebalanceShow, rebalanceStop } from '../messages/rebalance-messages.ts'
import type { Handler } from '../protocol/rpc.ts'
import type { Rebalance } from '../rebalance/rebalance.ts'

/** @returns the handler of each message, by method */
export function rebalanceHandlers(rebalance: Rebalance): ReadonlyMap<string, Handler> {
  const handler = <M extends Message>(
    message: M,
    act: (head: ReturnType<typeof parseRequest<M['request']>>) => Promise<void>,
  ): [string, Handler] => [
    message.method,
    async ({ head }) => {
      await act(parseRequest(message, head))
      return { head: rebalance.report() }
    },
  ]
  return new Map([
    handler(rebalanceShow, async () => {}),
    handler(rebalanceBegin, async ({ task }) => rebalance.begin(task)),
    handler(rebalanceStop, () => rebalance.stop()),
  ])
}
