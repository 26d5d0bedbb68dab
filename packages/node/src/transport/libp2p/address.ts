import { CODE_P2P, type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { TransportError } from '../transport-error.ts'

/** How many addresses of one peer are tried. */
const addressLimit = 16

/** @throws TransportError ADDRESS_INVALID */
export function assertAddress(text: string): void {
  if (parse(text) === undefined) throw new TransportError('ADDRESS_INVALID', `${text} is not a multiaddr`)
}

/** Those of the addresses at which this peer can be dialled, ending in its id; what makes no sense is left out. */
export function addressesOf(peerId: string, texts: readonly string[]): Multiaddr[] {
  return texts
    .slice(0, addressLimit)
    .map(parse)
    .filter((address) => address !== undefined)
    .map((address) => (peerIdIn(address) === undefined ? address.encapsulate(`/p2p/${peerId}`) : address))
    .filter((address) => peerIdIn(address) === peerId)
}

/** The peer id that an address ends in. */
function peerIdIn(address: Multiaddr): string | undefined {
  return address.getComponents().findLast((component) => component.code === CODE_P2P)?.value
}

function parse(text: string): Multiaddr | undefined {
  try {
    return multiaddr(text)
  } catch {
    return undefined
  }
}
