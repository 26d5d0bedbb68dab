import type { RecordNetwork } from '../catalog/mirror-record.ts'
import type { Network } from '../network.ts'

/** The network as a node sees it that is about to leave: records are not mirrored on itself, nor on others that are being emptied. */
export function otherMembers(network: Network): RecordNetwork {
  return {
    call: (...call) => network.call(...call),
    small: network.small,
    holders: (id) => {
      const leaving = network.storageMembers().filter(({ draining }) => draining)
      const excluded = new Set([network.selfId, ...leaving.map(({ peerId }) => peerId)])
      return network.holders(id).filter((peerId) => !excluded.has(peerId))
    },
  }
}
