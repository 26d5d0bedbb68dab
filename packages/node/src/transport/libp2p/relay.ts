/**
 * Ways to peers that can't be dialled because of a firewall or a translation of addresses. Such a peer dials a member that
 * can, the *relay*, and reserves a slot there; who wants to speak with it asks the relay to join a stream from the one to a
 * stream to the other. Over the two goes a connection like any other, encrypted from end to end: the relay sees and changes
 * nothing but how long and how fast. A connection to the relay is not enough to be served: it carries for members only.
 *
 * Source: libp2p specifications, "Circuit Relay v2".
 */
import {
  type CircuitRelayServerComponents,
  type CircuitRelayTransportComponents,
  circuitRelayServer,
  circuitRelayTransport,
} from '@libp2p/circuit-relay-v2'
import type { Connection } from '@libp2p/interface'
import { isDirect } from './direct.ts'
import { RelayTraffic } from './relay-traffic.ts'
import { replacing, trustedOnly } from './strangers.ts'

/** Peers that can be reached through one relay. */
const reservationLimit = 128
/** They reserve anew some minutes before this is over. */
const reservationMs = 3_600_000
/** Relayed connections that one connection to a relay may ask for: a stripe can go to so many nodes behind it. */
const connectionsAsked = 32
/** Relayed connections to one peer. */
const connectionsTaken = 256

/** A peer reserves slots at so many relays, so that it can still be reached when one goes. */
export const relaysUsed = 2
/** Listens through any relay that is met. */
export const anyRelay = '/p2p-circuit'

type Trust = (peerId: string) => boolean

/** Dials through relays, and listens through relays when told to. */
export function relayedTransport(isTrusted: Trust) {
  return trustedOnly((components: CircuitRelayTransportComponents) => {
    // Relays are found among the members that are met anyway.
    const randomWalk = { walk: async function* () {} }
    const limits = { maxInboundStopStreams: connectionsTaken, maxOutboundStopStreams: connectionsTaken }
    return circuitRelayTransport(limits)(replacing(components, 'randomWalk', randomWalk))
  }, isTrusted)
}

/** Carries for trusted peers, however long and much. */
export function relay(isTrusted: Trust) {
  return trustedOnly((components: CircuitRelayServerComponents) => {
    const traffic = new RelayTraffic()
    const registrar = replacing(components.registrar, 'handle', (protocol, handler, options) =>
      components.registrar.handle(
        protocol,
        (stream, connection) => handler(traffic.watch(stream), connection),
        options,
      ),
    )
    const watched = (connection: Connection): Connection =>
      replacing(connection, 'newStream', async (...request) => traffic.watch(await connection.newStream(...request)))
    const connectionManager = replacing(components.connectionManager, 'getConnections', (peerId) =>
      components.connectionManager.getConnections(peerId).filter(isDirect).map(watched),
    )
    return circuitRelayServer({
      maxInboundHopStreams: connectionsAsked,
      maxOutboundStopStreams: connectionsTaken,
      reservations: { maxReservations: reservationLimit, reservationTtl: reservationMs, applyDefaultLimit: false },
    })(replacing(replacing(components, 'registrar', registrar), 'connectionManager', connectionManager))
  }, isTrusted)
}
