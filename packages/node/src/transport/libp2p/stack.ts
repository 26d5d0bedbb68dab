import './with-resolvers.ts'
import { bootstrap } from '@libp2p/bootstrap'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { type Identify, identify } from '@libp2p/identify'
import type { ConnectionGater } from '@libp2p/interface'
import { type KadDHT, kadDHT, passthroughMapper } from '@libp2p/kad-dht'
import { mdns } from '@libp2p/mdns'
import { type Ping, ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { createLibp2p, type Libp2p } from 'libp2p'
import { directUpgrade } from './direct.ts'
import { type Encryption, encrypterOf } from './encryption.ts'
import { Listening, type ListeningComponents } from './listening.ts'
import { anyRelay, relay, relayedTransport, relaysUsed } from './relay.ts'
import type { RelayRole } from './relay-role.ts'
import { trustedOnly } from './strangers.ts'

export interface StackOptions {
  /** 32 bytes: the Ed25519 key's seed. */
  readonly seed: Uint8Array
  /** Multiaddrs; none for a peer that only dials. */
  readonly listen: readonly string[]
  /** Multiaddrs at which others reach it too, by way of a router that forwards a port. */
  readonly announce: readonly string[]
  /** Multiaddrs that end in peer ids. */
  readonly bootstrap: readonly string[]
  /** Whether to find peers on the local network, and be found. */
  readonly mdns: boolean
  /** Peers look each other up only within a network of one name. */
  readonly networkId: string
  /** Best first. */
  readonly encryptions: readonly Encryption[]
  /** What to do about peers that can't be dialled. */
  readonly relay: RelayRole
  readonly gater: ConnectionGater
  /** Whom to answer. */
  readonly isTrusted: (peerId: string) => boolean
}

/** Bytes in flight on one stream: 1 Gbit/s at a round trip of 64 ms. A paused stream must be able to hold them. */
const streamWindowBytes = 8 << 20
const handshakesAtATime = 128
const handshakeTimeoutMs = 10_000
const maximumConnections = 1024
/**
 * Each connection is tried this often, and ended when it leaves a ping unanswered for so long: machines under load may be silent
 * for some seconds. Who is up and who isn't, peers learn elsewhere; a ping is a stream of its own, a dozen messages.
 */
const pingIntervalMs = 30_000
const pingTimeoutMs = 15_000

export type Stack = Libp2p<{ identify: Identify; ping: Ping; dht: KadDHT; listening: Listening }>

/** A libp2p node that is not started yet. */
export async function createStack(options: StackOptions): Promise<Stack> {
  const { seed, listen, networkId, isTrusted } = options
  const isReachable = listen.length > 0
  return createLibp2p({
    start: false,
    privateKey: await generateKeyPairFromSeed('Ed25519', seed),
    nodeInfo: { name: 'p2pstore', version: '1', userAgent: 'p2pstore' },
    addresses: {
      listen: [...listen, ...Array<string>(options.relay === 'use' ? relaysUsed : 0).fill(anyRelay)],
      appendAnnounce: [...options.announce],
    },
    connectionGater: options.gater,
    transports: [tcp(), relayedTransport(isTrusted)],
    connectionEncrypters: await Promise.all(options.encryptions.map(encrypterOf)),
    streamMuxers: [
      yamux({ streamOptions: { maxStreamWindowSize: streamWindowBytes, maxReadBufferLength: streamWindowBytes } }),
    ],
    connectionManager: {
      maxConnections: maximumConnections,
      // One address is held to its share by the gater.
      inboundConnectionThreshold: Number.MAX_SAFE_INTEGER,
      maxIncomingPendingConnections: handshakesAtATime,
      inboundUpgradeTimeout: handshakeTimeoutMs,
      reconnectRetries: 0,
    },
    connectionMonitor: { pingInterval: pingIntervalMs, pingTimeout: { minTimeout: pingTimeoutMs } },
    peerDiscovery: [
      ...(options.bootstrap.length > 0 ? [bootstrap({ list: [...options.bootstrap], timeout: 0 })] : []),
      ...(options.mdns ? [mdns({ serviceTag: `_p2pstore-${networkId}._udp.local`, broadcast: isReachable })] : []),
    ],
    services: {
      listening: (components: ListeningComponents) => new Listening(components),
      ...(options.relay === 'serve' && { relay: relay(isTrusted) }),
      ...((isReachable || options.relay === 'use' || options.relay === 'auto') && { direct: directUpgrade(isTrusted) }),
      identify: trustedOnly(identify({ runOnConnectionOpen: false }), isTrusted),
      ping: trustedOnly(ping(), isTrusted),
      dht: trustedOnly(
        kadDHT({
          protocol: `/p2pstore/${networkId}/kad/1.0.0`,
          clientMode: !isReachable,
          peerInfoMapper: passthroughMapper,
          allowQueryWithZeroPeers: true,
        }),
        isTrusted,
      ),
    },
  })
}
