import { CodedError } from './coded-error.ts'
import { publicKeyOf } from './identity/identity.ts'

class AddressError extends CodedError<'ADDRESS_INVALID'> {}

/**
 * The peer id at the end of a multiaddr such as `/ip4/192.0.2.1/tcp/7420/p2p/12D3…`.
 * @throws AddressError ADDRESS_INVALID
 */
function peerIdOf(address: string): string {
  const peerId = address.length <= 512 ? address.split('/').at(-1) : undefined
  if (peerId === undefined || !address.includes('/p2p/') || publicKeyOf(peerId) === undefined) {
    throw new AddressError(
      'ADDRESS_INVALID',
      `${JSON.stringify(address.slice(0, 100))} is not an address that ends in /p2p/ and a peer id`,
    )
  }
  return peerId
}

/** Whether an address leads through another peer, a relay. */
export function isRelayed(address: string): boolean {
  return address.includes(relayMark)
}

/** The peer that an address leads through, and where that one is; undefined when it leads straight, or to nowhere. */
export function relayIn(address: string): { readonly peerId: string; readonly address: string } | undefined {
  const [relayAddress = ''] = address.split(relayMark)
  const peerId = relayAddress.split('/p2p/').at(1)
  return isRelayed(address) && peerId !== undefined ? { peerId, address: relayAddress } : undefined
}

const relayMark = '/p2p-circuit'

/** Addresses by the peer that each leads to. */
export function byPeerId(addresses: readonly string[]): Map<string, string[]> {
  const peers = new Map<string, string[]>()
  for (const address of addresses) {
    const peerId = peerIdOf(address)
    peers.set(peerId, [...(peers.get(peerId) ?? []), address])
  }
  return peers
}
