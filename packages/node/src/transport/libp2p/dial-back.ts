/**
 * Tries on behalf of a peer whether it can be dialled: from here, over a new connection, at addresses that it names. So
 * that nobody can have third parties dialled, only those count that have the very IP at which the peer is seen now, at
 * the other end of a direct connection with it.
 */
import type { Libp2p, PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import { isDirect } from './direct.ts'

export async function dialBack(
  libp2p: Libp2p,
  peerId: PeerId,
  addresses: readonly Multiaddr[],
  signal: AbortSignal,
): Promise<boolean> {
  const seen = new Set(
    libp2p
      .getConnections(peerId)
      .filter(isDirect)
      .map(({ remoteAddr }) => hostOf(remoteAddr)),
  )
  const own = addresses.filter((address) => isPlain(address, peerId) && seen.has(hostOf(address)))
  if (own.length === 0) return false
  try {
    const connection = await libp2p.dial(own, { signal, force: true })
    connection.close().catch((error: Error) => connection.abort(error))
    return true
  } catch {
    return false
  }
}

/** Such as `ip4 192.0.2.1`. */
function hostOf(address: Multiaddr): string {
  const [host] = address.getComponents()
  return `${host?.name} ${host?.value}`
}

/** An IP, a port and the peer, and nothing that leads further. */
function isPlain(address: Multiaddr, peerId: PeerId): boolean {
  const [host, port, peer, ...rest] = address.getComponents()
  const isIp = host?.name === 'ip4' || host?.name === 'ip6'
  return isIp && port?.name === 'tcp' && peer?.value === String(peerId) && rest.length === 0
}
