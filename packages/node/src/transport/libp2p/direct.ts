/**
 * From relayed connections to direct ones. A peer behind a relay dials those who come to it through the relay, if it can,
 * and both go on over the new connection: new streams are opened there, the old ones end when what is under way on them is
 * done, and with the last of them the relayed connection.
 *
 * libp2p's DCUtR ends the relayed connection as soon as there is a direct one, whatever is under way. So it is given
 * connections that it can't end.
 *
 * Source: libp2p specifications, "Direct Connection Upgrade through Relay". Ports can't be shared between listening and
 * dialling in Node, so that of its two ways only the first works: one of the two must be able to dial the other.
 */
import { type DCUtRServiceComponents, dcutr } from '@libp2p/dcutr'
import type { Connection, Libp2p } from '@libp2p/interface'
import { isRelayed } from '../../peer-address.ts'
import { replacing, trustedOnly } from './strangers.ts'

export function isDirect({ remoteAddr }: Connection): boolean {
  return !isRelayed(String(remoteAddr))
}

export function hasDirect(libp2p: Libp2p, { remotePeer }: Connection): boolean {
  return libp2p.getConnections(remotePeer).some((other) => other.status === 'open' && isDirect(other))
}

/** Finds direct ways to those who come through a relay. */
export function directUpgrade(isTrusted: (peerId: string) => boolean) {
  const spared = (connection: Connection): Connection => replacing(connection, 'close', async () => {})
  return trustedOnly((components: DCUtRServiceComponents) => {
    const { registrar } = components
    const handle: typeof registrar.handle = (protocol, handler, options) =>
      registrar.handle(protocol, (stream, connection) => handler(stream, spared(connection)), options)
    const register: typeof registrar.register = (protocol, topology) =>
      registrar.register(protocol, {
        ...topology,
        onConnect: (peerId, connection) => topology.onConnect?.(peerId, spared(connection)),
      })
    const sparing = replacing(replacing(registrar, 'handle', handle), 'register', register)
    return dcutr()(replacing(components, 'registrar', sparing))
  }, isTrusted)
}

/** Ends relayed connections that are no longer needed. @param protocol of the streams that they are needed for */
export function endUnneeded(libp2p: Libp2p, protocol: string): void {
  libp2p.addEventListener('connection:open', ({ detail: connection }) => {
    if (!isDirect(connection)) return
    for (const relayed of libp2p.getConnections(connection.remotePeer)) {
      if (!isDirect(relayed)) endWhenUnused(relayed, protocol)
    }
  })
}

function endWhenUnused(connection: Connection, protocol: string): void {
  const inUse = connection.streams.filter((stream) => stream.protocol === protocol)
  if (inUse.length === 0) connection.close().catch((error: Error) => connection.abort(error))
  else inUse[0]!.addEventListener('close', () => setImmediate(() => endWhenUnused(connection, protocol)))
}
