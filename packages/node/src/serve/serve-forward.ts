/**
 * Passes shards on to other nodes, for writers that have no good way there: see transfer/send-shard.ts. Nothing of them
 * is kept. What goes on is an ordinary `shard.put` of this node, which can't be forwarded once more: no shard goes
 * round in circles. The sender's credit comes back only when the other node has answered, so a slow one slows the
 * sender down.
 */
import { CodedError } from '../coded-error.ts'
import { shardForward, shardPut } from '../messages/shard-messages.ts'
import type { Network } from '../network.ts'
import type { Logger } from '../ports/logger.ts'
import type { Handler } from '../protocol/handler.ts'
import { handler } from './handler.ts'

class ForwardError extends CodedError {}

/** Less than the sender waits, so that it hears which of the two ways is to blame. */
const timeoutMs = 15_000
/**
 * Shards under way at once. With 1 MiB each they fit in the window of one stream, with room for a put: so two nodes
 * that forward to each other never wait for each other's credit.
 */
const forwardsAtOnce = 6

export type ForwardingNetwork = Pick<Network, 'call' | 'selfId' | 'storageMembers'>

/** @returns the handler of shard.forward */
export function forwardHandler(network: ForwardingNetwork, logger: Logger): [string, Handler] {
  let underWay = 0
  return handler(shardForward, async ({ to, ...put }, { body, from, signal }) => {
    assertKnown(network, to)
    if (underWay >= forwardsAtOnce) {
      throw new ForwardError('OVERLOADED', 'this node passes on as much as it can', { retryable: true })
    }
    underWay += 1
    try {
      const { head: location } = await network.call(to, shardPut, put, { body, signal, timeoutMs })
      logger.debug({ from: from.peerId, to }, 'passed a shard on')
      return { head: { ...location, holder: to } }
    } catch (failure) {
      throw atSecondHop(failure, to)
    } finally {
      underWay -= 1
    }
  })
}

/** @throws ForwardError FORWARD_REFUSED, PEER_UNREACHABLE */
function assertKnown(network: ForwardingNetwork, peerId: string): void {
  const member = network.storageMembers().find((known) => known.peerId === peerId)
  if (member === undefined || peerId === network.selfId) {
    throw new ForwardError('FORWARD_REFUSED', `this node knows of no other storage node ${peerId}`)
  }
  if (member.availability === 'down') {
    throw new ForwardError('PEER_UNREACHABLE', `passed on to ${peerId}: it is down`, { retryable: true })
  }
}

function atSecondHop(failure: unknown, peerId: string): unknown {
  if (!(failure instanceof CodedError)) return failure
  const { code, message, retryable } = failure
  return new ForwardError(code, `passed on to ${peerId}: ${message}`, { cause: failure, retryable })
}
