/**
 * Peers of which nobody has said yet that they are members. They must not cost much: there are only so many connections
 * from them at a time, of which the oldest goes first, each ends unless its peer is let in soon, and nothing is remembered
 * of them. Of all that libp2p offers they can use nothing but the stream on which they introduce themselves.
 */
import type { Connection, Libp2p, StreamHandler, StreamHandlerOptions } from '@libp2p/interface'
import type { Clock, Timer } from '../../ports/clock.ts'

/** As many as can be in the middle of a hello. */
const strangerLimit = 128
/** Handshake, stream and hello take three round trips. */
const introductionTimeoutMs = 15_000

export interface StrangersOptions {
  readonly clock: Clock
  /** Whether a peer is known to be a member already. */
  readonly isMember: (peerId: string) => boolean
}

export class Strangers {
  readonly #options: StrangersOptions
  readonly #trusted = new Set<string>()
  readonly #waiting = new Map<Connection, Timer>()

  constructor(options: StrangersOptions) {
    this.#options = options
  }

  isTrusted(peerId: string): boolean {
    return this.#trusted.has(peerId) || this.#options.isMember(peerId)
  }

  /** Watches who comes and goes. @param greet called for each connection to a peer once it is trusted */
  watch(libp2p: Libp2p, greet: (connection: Connection) => void): void {
    libp2p.addEventListener('connection:open', ({ detail: connection }) => {
      if (this.isTrusted(String(connection.remotePeer))) greet(connection)
      else if (connection.direction === 'inbound') this.#add(connection)
    })
    libp2p.addEventListener('connection:close', ({ detail: connection }) => this.#remove(connection))
    libp2p.addEventListener('peer:disconnect', ({ detail: peer }) => {
      if (!this.isTrusted(String(peer))) libp2p.peerStore.delete(peer).catch(() => {})
      this.#trusted.delete(String(peer))
    })
  }

  /** The peer has been let in. @returns whether that is news */
  trust(peerId: string): boolean {
    if (this.#trusted.has(peerId)) return false
    this.#trusted.add(peerId)
    for (const connection of this.#waiting.keys()) {
      if (String(connection.remotePeer) === peerId) this.#remove(connection)
    }
    return true
  }

  #add(connection: Connection): void {
    const end = (): void => connection.abort(new Error('the peer has not shown that it is a member'))
    this.#waiting.set(connection, this.#options.clock.setTimer(introductionTimeoutMs, end))
    const [oldest] = this.#waiting.keys()
    if (this.#waiting.size > strangerLimit) oldest?.abort(new Error('there are too many strangers'))
  }

  #remove(connection: Connection): void {
    this.#waiting.get(connection)?.cancel()
    this.#waiting.delete(connection)
  }
}

/** Where libp2p's services say what they answer to. */
interface Registrar {
  handle(protocol: string, handler: StreamHandler, options?: StreamHandlerOptions): Promise<void>
}

/** A libp2p service that answers nobody but trusted peers. */
export function trustedOnly<Components extends { registrar: Registrar }, Service>(
  service: (components: Components) => Service,
  isTrusted: (peerId: string) => boolean,
): (components: Components) => Service {
  return (components) => service(replacing(components, 'registrar', guarded(components.registrar, isTrusted)))
}

function guarded(registrar: Registrar, isTrusted: (peerId: string) => boolean): Registrar {
  const handle: Registrar['handle'] = (protocol, handler, options) =>
    registrar.handle(
      protocol,
      (stream, connection) => {
        if (isTrusted(String(connection.remotePeer))) return handler(stream, connection)
        stream.abort(new Error('only members are served'))
      },
      options,
    )
  return replacing(registrar, 'handle', handle)
}

/** The same object but for one property. */
export function replacing<T extends object, Key extends keyof T>(target: T, key: Key, value: T[Key]): T {
  return new Proxy(target, {
    get(_target, name) {
      if (name === key) return value
      const found: unknown = Reflect.get(target, name)
      return typeof found === 'function' ? found.bind(target) : found
    },
  })
}
