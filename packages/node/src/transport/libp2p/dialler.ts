/**
 * Connections to peers: the one that is there, or a new one to an address that was given, then to one at which the peer was
 * seen before, then to one that other peers know of. Of each kind those that lead through a relay are tried last, and only
 * a peer that has introduced itself to the relay is let through. Whoever could not be reached is left alone for a while.
 */
import type { Connection, Libp2p, PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import { type Deadline, deadline } from '../../clock/deadline.ts'
import { systemClock } from '../../clock/system-clock.ts'
import { isRelayed, relayIn } from '../../peer-address.ts'
import type { Introduce } from '../../ports/transport.ts'
import { addressesOf } from './address.ts'
import { isDirect } from './direct.ts'
import { UnreachablePeers } from './unreachable.ts'

/** A lookup goes over several peers, of which some may be gone. */
const lookupTimeoutMs = 3_000
/** Before relays are tried: a firewall may swallow what is sent to the other addresses. */
const headStartMs = 1_500

export class Dialler {
  readonly #libp2p: Libp2p
  readonly #introduce: Introduce
  readonly #unreachable = new UnreachablePeers(systemClock)

  constructor(libp2p: Libp2p, introduce: Introduce) {
    this.#libp2p = libp2p
    this.#introduce = introduce
  }

  /** @throws AggregateError */
  async connect(peerId: PeerId, given: Multiaddr[], signal: AbortSignal): Promise<Connection> {
    const open = this.#openConnection(peerId)
    if (open !== undefined) return isDirect(open) ? open : ((await this.#dialDirect(given, signal)) ?? open)
    const name = String(peerId)
    if (this.#unreachable.has(name)) throw new AggregateError([], 'it could not be reached a moment ago')
    try {
      const connection = await this.#search(peerId, given, signal)
      this.#unreachable.reached(name)
      return connection
    } catch (error) {
      this.#unreachable.failed(name)
      throw error
    }
  }

  /** Dials all addresses that can be found. */
  async #search(peerId: PeerId, given: Multiaddr[], signal: AbortSignal): Promise<Connection> {
    const tried = new Set<string>()
    const failures: unknown[] = []
    for (const find of [async () => given, () => this.#seenAt(peerId), () => this.#lookUp(peerId, signal)]) {
      try {
        const addresses = (await find()).filter((address) => !tried.has(String(address)))
        for (const address of addresses) tried.add(String(address))
        if (addresses.length > 0) return await this.#dial(addresses, signal)
      } catch (error) {
        signal.throwIfAborted()
        failures.push(error)
      }
    }
    throw new AggregateError(failures, tried.size === 0 ? 'no address is known' : 'no address answers')
  }

  /** One that leads straight there, if there is one. */
  #openConnection(peerId: PeerId): Connection | undefined {
    const open = this.#libp2p.getConnections(peerId).filter(({ status }) => status === 'open')
    return open.find(isDirect) ?? open[0]
  }

  async #dial(addresses: Multiaddr[], signal: AbortSignal): Promise<Connection> {
    const relayed = addresses.filter((address) => isRelayed(String(address)))
    if (relayed.length === 0) return this.#libp2p.dial(addresses, { signal })
    return (await this.#dialDirect(addresses, signal)) ?? this.#dialRelayed(relayed, signal)
  }

  /** Undefined when none of the addresses is answered soon that lead straight to the peer. */
  async #dialDirect(addresses: Multiaddr[], signal: AbortSignal): Promise<Connection | undefined> {
    const direct = addresses.filter((address) => !isRelayed(String(address)))
    if (direct.length === 0) return undefined
    const dial = (limit: Pick<Deadline, 'signal'>) => this.#libp2p.dial(direct, { ...limit, force: true })
    const connection = await within(headStartMs, signal, dial).catch(() => undefined)
    signal.throwIfAborted()
    return connection
  }

  async #dialRelayed(addresses: Multiaddr[], signal: AbortSignal): Promise<Connection> {
    const failures: unknown[] = []
    for (const [peerId, ways] of byRelay(addresses)) {
      try {
        const relayAddresses = ways.flatMap((way) => relayIn(String(way))?.address ?? [])
        await this.#introduce({ peerId, addresses: relayAddresses }, signal)
        return await this.#libp2p.dial(ways, { signal })
      } catch (error) {
        signal.throwIfAborted()
        failures.push(error)
      }
    }
    throw new AggregateError(failures, 'no relay answers')
  }

  /** Where the peer was met before, or was announced. */
  async #seenAt(peerId: PeerId): Promise<Multiaddr[]> {
    const { peerStore } = this.#libp2p
    if (!(await peerStore.has(peerId))) return []
    const { addresses } = await peerStore.get(peerId)
    return addressesOf(
      String(peerId),
      addresses.map(({ multiaddr }) => String(multiaddr)),
    )
  }

  /** Where other peers say that it is. */
  async #lookUp(peerId: PeerId, signal: AbortSignal): Promise<Multiaddr[]> {
    const { multiaddrs } = await within(lookupTimeoutMs, signal, (limit) =>
      this.#libp2p.peerRouting.findPeer(peerId, limit),
    )
    return addressesOf(String(peerId), multiaddrs.map(String))
  }
}

async function within<T>(
  timeoutMs: number,
  signal: AbortSignal,
  act: (limit: Pick<Deadline, 'signal'>) => Promise<T>,
): Promise<T> {
  const limit = deadline(systemClock, timeoutMs, signal)
  try {
    return await act({ signal: limit.signal })
  } finally {
    limit.dispose()
  }
}

function byRelay(addresses: readonly Multiaddr[]): Map<string, Multiaddr[]> {
  const ways = new Map<string, Multiaddr[]>()
  for (const address of addresses) {
    const relay = relayIn(String(address))?.peerId
    if (relay !== undefined) ways.set(relay, [...(ways.get(relay) ?? []), address])
  }
  return ways
}
