/** What a node answers to its operator: to itself, and to peers whose key was certified by the node's own. */
import { CodedError } from '../coded-error.ts'
import type { NodeControl } from '../control/node-control.ts'
import {
  nodeDrain,
  scrubHurry,
  scrubShow,
  unitAdd,
  unitList,
  unitRemove,
  unitResize,
} from '../messages/control-messages.ts'
import { type Message, parseRequest } from '../messages/message.ts'
import type { Handler, Reply } from '../protocol/rpc.ts'

class ControlError extends CodedError<'NOT_PERMITTED'> {}

/**
 * @param peerId the node's own
 * @returns the handler of each control message, by method
 */
export function controlHandlers(control: NodeControl, peerId: string): ReadonlyMap<string, Handler> {
  const handler = <M extends Message>(
    message: M,
    answer: (head: ReturnType<typeof parseRequest<M['request']>>) => Promise<Reply>,
  ): [string, Handler] => [
    message.method,
    async ({ head, from }) => {
      if (from.peerId !== peerId && from.certifiedBy !== peerId) {
        throw new ControlError('NOT_PERMITTED', 'a node takes commands only from clients of its own home')
      }
      return answer(parseRequest(message, head))
    },
  ]
  return new Map([
    handler(unitList, async () => ({ head: { units: await control.units() } })),
    handler(unitAdd, async ({ place, capacityBytes }) => ({
      head: { unit: await control.addUnit(place, capacityBytes) },
    })),
    handler(unitRemove, async ({ name, ...options }) => {
      await control.removeUnit(name, options)
      return {}
    }),
    handler(nodeDrain, async ({ isDraining }) => {
      await control.drain(isDraining)
      return {}
    }),
    handler(scrubShow, async () => ({ head: await control.scrub() })),
    handler(scrubHurry, async () => ({ head: await control.hurryScrub() })),
    handler(unitResize, async ({ name, capacityBytes }) => ({
      head: { unit: await control.resizeUnit(name, capacityBytes) },
    })),
  ])
}
