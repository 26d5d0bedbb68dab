/** libp2p's TCP connections, as they are handed to an encrypter. They are ended when the test is over. */
import type { Logger, MultiaddrConnection, Upgrader } from '@libp2p/interface'
import { tcp } from '@libp2p/tcp'
import { multiaddr } from '@multiformats/multiaddr'
import { onTestFinished } from 'vitest'

export interface TcpPort {
  readonly port: number
  accept(): Promise<MultiaddrConnection>
}

const silent: Logger = Object.assign(() => {}, { error() {}, trace() {}, enabled: false, newScope: () => silent })
export const silentLogger = { forComponent: () => silent }

export async function listen(options: { inactivityTimeoutMs?: number } = {}): Promise<TcpPort> {
  const { inactivityTimeoutMs = 60_000 } = options
  const connections = new Queue<MultiaddrConnection>()
  const upgradeInbound = async (connection: MultiaddrConnection): Promise<void> => {
    connections.push(endLater(connection))
  }
  const transport = tcp({ inboundSocketInactivityTimeout: inactivityTimeoutMs })({ logger: silentLogger })
  const listener = transport.createListener({ upgrader: { upgradeInbound } as unknown as Upgrader })
  await listener.listen(multiaddr('/ip4/127.0.0.1/tcp/0'))
  onTestFinished(() => listener.close())
  const port = Number(/tcp\/(\d+)/.exec(String(listener.getAddrs()[0]))?.[1])
  return { port, accept: () => connections.shift() }
}

export async function dial(port: number): Promise<MultiaddrConnection> {
  const upgradeOutbound = async (connection: MultiaddrConnection): Promise<unknown> => connection
  const dialled = await tcp()({ logger: silentLogger }).dial(multiaddr(`/ip4/127.0.0.1/tcp/${port}`), {
    upgrader: { upgradeOutbound } as unknown as Upgrader,
    signal: new AbortController().signal,
  })
  return endLater(dialled as unknown as MultiaddrConnection)
}

/** Two ends of one connection: that which has dialled, and the other. */
export async function tcpPair(): Promise<[MultiaddrConnection, MultiaddrConnection]> {
  const listener = await listen()
  return Promise.all([dial(listener.port), listener.accept()])
}

function endLater(connection: MultiaddrConnection): MultiaddrConnection {
  onTestFinished(() => connection.abort(new Error('the test is over')))
  return connection
}

class Queue<T> {
  readonly #items: T[] = []
  readonly #takers: ((item: T) => void)[] = []

  push(item: T): void {
    const take = this.#takers.shift()
    if (take === undefined) this.#items.push(item)
    else take(item)
  }

  shift(): Promise<T> {
    const item = this.#items.shift()
    return item === undefined ? new Promise((resolve) => this.#takers.push(resolve)) : Promise.resolve(item)
  }
}
