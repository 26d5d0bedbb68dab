/** Has the nodes of the network restore the rules of placement and balance, or tells how far they are; see rebalance/. */
import { type RebalanceReport, rebalanceBegin, rebalanceShow, rebalanceStop } from './messages/rebalance-messages.ts'
import type { Network } from './network.ts'
import type { Peer } from './peer.ts'
import type { CallOptions } from './protocol/rpc.ts'
import { type RebalanceTask, rebalanceBytesPerSecond } from './rebalance/rebalance.ts'
import { inWindow } from './transfer/window.ts'

export { type RebalanceReport, rebalanceBytesPerSecond }

/** `show` and `stop`, or something to begin. */
export type RebalanceOrder = RebalanceTask | 'show' | 'stop'

export interface NodeRebalance {
  readonly peerId: string
  /** Undefined when the node did not answer. */
  readonly report: RebalanceReport | undefined
}

const nodesAtOnce = 16
/** Stopping waits for what is under way. */
const timeoutMs = 30_000

/**
 * @param peerIds who is to. Default: all nodes that are up
 * @throws the signal's reason when aborted
 */
export async function askRebalance(
  order: RebalanceOrder,
  { network }: Pick<Peer, 'network'>,
  signal: AbortSignal,
  peerIds: readonly string[] = upNodes(network),
): Promise<NodeRebalance[]> {
  const ask = async (peerId: string, stop: AbortSignal): Promise<NodeRebalance> => {
    const options = { signal: AbortSignal.any([signal, stop]), timeoutMs }
    const reply = await askNode(order, peerId, network, options).catch(() => undefined)
    signal.throwIfAborted()
    return { peerId, report: reply?.head }
  }
  const answers: NodeRebalance[] = []
  for await (const answer of inWindow(peerIds, nodesAtOnce, ask)) answers.push(answer)
  return answers
}

function askNode(order: RebalanceOrder, peerId: string, network: Pick<Network, 'call'>, options: CallOptions) {
  if (order === 'show') return network.call(peerId, rebalanceShow, {}, options)
  if (order === 'stop') return network.call(peerId, rebalanceStop, {}, options)
  return network.call(peerId, rebalanceBegin, { task: order }, options)
}

function upNodes(network: Pick<Network, 'storageMembers'>): string[] {
  return network.storageMembers().flatMap(({ peerId, availability }) => (availability === 'up' ? [peerId] : []))
}
