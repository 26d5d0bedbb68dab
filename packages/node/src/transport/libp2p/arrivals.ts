/**
 * Connections that others open to this peer, while nobody knows who they are. A handshake costs some milliseconds of the
 * processor whoever asks for it, so one address may begin only so many in a second, and have only so many under way: else
 * one that dials and then says nothing would keep everybody else waiting. What is too much is closed unread.
 */
import type { ConnectionGater, Libp2p, MultiaddrConnection } from '@libp2p/interface'
import { RateLimit } from '../../clock/rate-limit.ts'
import { observedPrefix } from '../../gossip/observed-prefix.ts'
import type { Clock } from '../../ports/clock.ts'

/** A cluster on one host, or behind one address, comes up at once. */
const handshakeRate = { perSecond: 64, burst: 256 }
/** Half of those that may be under way in all. */
const underWayPerAddress = 64

export class Arrivals {
  readonly #limit: RateLimit
  /** Handshakes under way, by the address and port they are with. */
  readonly #underWay = new Map<string, string>()

  constructor(clock: Clock) {
    this.#limit = new RateLimit(clock, handshakeRate)
  }

  /** Decides before a byte is read. */
  readonly gater: ConnectionGater = {
    denyInboundConnection: (connection) => {
      const from = originOf(connection)
      const count = [...this.#underWay.values()].filter((other) => other === from).length
      if (count >= underWayPerAddress || !this.#limit.admits(from)) return true
      const key = endpointOf(connection)
      this.#underWay.set(key, from)
      connection.addEventListener('close', () => this.#underWay.delete(key))
      return false
    },
  }

  /** Takes note of handshakes that have come to a good end. */
  watch(libp2p: Libp2p): void {
    libp2p.addEventListener('connection:open', ({ detail }) => this.#underWay.delete(endpointOf(detail)))
  }
}

/** Address and port, without the peer id that is known in the end. */
function endpointOf({ remoteAddr }: Pick<MultiaddrConnection, 'remoteAddr'>): string {
  return String(remoteAddr).split('/p2p/')[0]!
}

/** Of IPv6 the network: who has one address there has them all. */
function originOf({ remoteAddr }: MultiaddrConnection): string {
  const [, kind, host = ''] = String(remoteAddr).split('/')
  return kind === 'ip6' ? (observedPrefix(String(remoteAddr)) ?? host) : host
}
