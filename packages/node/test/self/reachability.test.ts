/** Nodes that ask others whether they can be dialled: written out, in a network of memory, and over sockets through a router. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { manualClock } from '../../src/clock/manual-clock.ts'
import { systemClock } from '../../src/clock/system-clock.ts'
import { createIdentity } from '../../src/identity/identity.ts'
import { memoryLogger } from '../../src/logger/memory-logger.ts'
import { silentLogger } from '../../src/logger/silent-logger.ts'
import { certify } from '../../src/membership/authority.ts'
import { networkIdOf } from '../../src/membership/certificate.ts'
import { MemoryNetwork } from '../../src/memory-network.ts'
import type { Network } from '../../src/network.ts'
import { isRelayed } from '../../src/peer-address.ts'
import { RpcError } from '../../src/protocol/rpc-error.ts'
import { seededRandom } from '../../src/random/seeded-random.ts'
import { systemRandom } from '../../src/random/system-random.ts'
import { Reachability } from '../../src/self/reachability.ts'
import { reachHandler } from '../../src/serve/serve-reach.ts'
import { StorageNode } from '../../src/storage-node.ts'
import { createMemoryStore } from '../../src/store/memory.ts'
import type { RelayRole } from '../../src/transport/libp2p/relay-role.ts'
import { createLibp2pTransport } from '../../src/transport/libp2p/transport.ts'
import { member } from '../member.ts'

type Answer = 'reached' | 'silent' | 'broken'

/** A node among others of which it is written out what they answer, by number. */
function stage(answers: Answer[], addresses: readonly string[] = ['/ip4/192.0.2.1/tcp/1/p2p/n0']) {
  const clock = manualClock()
  const asked: string[] = []
  const told: boolean[] = []
  const relays: boolean[] = []
  const logger = memoryLogger()
  const network = {
    selfId: 'n0',
    storageMembers: () => [member(0, 9), ...answers.map((_, i) => member(i + 1, 9))],
    call: async (peerId: string) => {
      asked.push(peerId)
      const answer = answers[Number(peerId.slice(1)) - 1]
      if (answer === 'broken') throw new RpcError('TIMEOUT', 'no answer')
      return { head: { reached: answer === 'reached' } }
    },
  } as unknown as Network
  const transport = {
    addresses: () => [...addresses],
    useRelays: async (isWanted: boolean) => void relays.push(isWanted),
  }
  const random = seededRandom(1)
  const onChange = (isUnreachable: boolean) => void told.push(isUnreachable)
  const reachability = new Reachability({ network, transport, clock, random, logger, onChange })
  onTestFinished(() => reachability.stop())
  reachability.start()
  return { clock, answers, asked, told, relays, logger }
}

test('a node is unreachable when three others can’t dial it, and reachable again when one can', async () => {
  const { clock, answers, asked, told, relays, logger } = stage(['silent', 'silent', 'broken', 'silent', 'silent'])
  await clock.advance(1)
  expect(told).toEqual([true])
  expect(asked.length).toBeLessThanOrEqual(4)
  await clock.advance(60_000)
  expect(told).toEqual([true])
  answers.fill('reached')
  await clock.advance(60_000)
  expect({ told, relays }).toEqual({ told: [true, false], relays: [true, true, false] })
  expect(logger.lines.map(({ message }) => message)).toEqual([
    'other members can’t dial this node',
    'other members can dial this node again',
  ])
})

test('where there are fewer than three, all of them count, and one that can is enough', async () => {
  const few = stage(['silent', 'broken'])
  await few.clock.advance(1)
  expect(few.told).toEqual([true])
  const one = stage(['silent', 'silent', 'reached'])
  await one.clock.advance(1)
  expect(one.told).toEqual([])
})

test('without an answer nothing is known, and who listens nowhere asks nobody', async () => {
  const unanswered = stage(['broken', 'broken', 'broken'])
  await unanswered.clock.advance(1)
  expect(unanswered.told).toEqual([])
  const alone = stage([])
  await alone.clock.advance(1)
  expect(alone.told).toEqual([])
  const deaf = stage(['reached'], ['/ip4/192.0.2.1/tcp/1/p2p/n1/p2p-circuit/p2p/n0'])
  await deaf.clock.advance(1)
  expect(deaf).toMatchObject({ told: [true], asked: [] })
})

test('a member has others dial it only so often', async () => {
  const clock = manualClock()
  let dials = 0
  const dialBack = async () => {
    dials += 1
    return true
  }
  const [, answer] = reachHandler({ dialBack }, clock)
  const ask = (peerId: string) =>
    answer({
      ...{ method: 'reach.try', head: { addresses: [] }, from: { peerId, role: 'storage' } },
      ...{ body: undefined as never, signal: new AbortController().signal },
    }).catch((error: { code: string }) => error.code)
  for (let i = 0; i < 10; i += 1) await ask('greedy')
  expect(dials).toBe(4)
  expect(await ask('greedy')).toBe('OVERLOADED')
  expect(await ask('modest')).toEqual({ head: { reached: true } })
  await clock.advance(15_000)
  expect(await ask('greedy')).toEqual({ head: { reached: true } })
})

test('others see of a node that nobody can dial it, and give it shards only when there are too few others', async () => {
  const clock = manualClock()
  const network = new MemoryNetwork({ clock, random: seededRandom(2) })
  onTestFinished(() => clock.settle(network.close()))
  for (let count = 0; count < 3; count += 1) await clock.settle(network.addNode())
  const identity = createIdentity(systemRandom.bytes(32))
  const address = `/memory/p2p/${identity.peerId}`
  const hidden = new StorageNode({
    identity,
    credential: certify(network.authority, identity.peerId, { role: 'storage', expiresAtMs: 0 }),
    transport: network.hub.transport(identity.peerId, { address, isShielded: true }),
    ...{ clock, random: seededRandom(3), logger: silentLogger },
    bootstrap: network.nodes.map(({ identity }) => `/memory/p2p/${identity.peerId}`),
    store: createMemoryStore({ capacityBytes: 1 << 20, clock }),
  })
  onTestFinished(() => clock.settle(hidden.close()))
  await clock.settle(hidden.start())
  const client = await clock.settle(network.addClient())
  await clock.advance(70_000)
  const unreachable = client.view.query((peer) => peer.isUnreachable).map(({ peerId }) => peerId)
  expect(unreachable).toEqual([identity.peerId])
  const used = new Set<string | undefined>()
  for (let stripe = 0; stripe < 20; stripe += 1) {
    const { shards } = await client.explainPlacement({ scheme: 'mirror:3', stripe })
    for (const { node } of shards) used.add(node?.peerId)
  }
  expect([...used].sort()).toEqual(network.nodes.map(({ identity }) => identity.peerId).sort())
})

/** A storage node over sockets. */
async function startNode(
  network: MemoryNetwork,
  options: { listen: string[]; announce?: string[]; relay: RelayRole; bootstrap?: string[] },
) {
  const { bootstrap = [], ...ways } = options
  const identity = createIdentity(systemRandom.bytes(32))
  const credential = certify(network.authority, identity.peerId, { role: 'storage', expiresAtMs: 0 })
  const networkId = Buffer.from(networkIdOf(credential.authority)).toString('hex')
  const store = createMemoryStore({ capacityBytes: 1 << 20, clock: systemClock })
  const transport = createLibp2pTransport({ identity, networkId, bootstrap, ...ways })
  const tools = { clock: systemClock, random: systemRandom, logger: silentLogger }
  const node = new StorageNode({ identity, credential, transport, bootstrap, store, reachIntervalMs: 5_000, ...tools })
  onTestFinished(() => node.close())
  await node.start()
  return node
}

/** A port of this machine that ends all connections, until `open` forwards them to an address. */
async function router() {
  let inside: { port: number; host: string } | undefined
  const server = createServer((outer) => {
    if (inside === undefined) {
      outer.destroy()
      return
    }
    const inner = connect(inside)
    outer.pipe(inner).pipe(outer)
    outer.on('error', () => inner.destroy())
    inner.on('error', () => outer.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const open = (target: string): void => {
    const [, , host = '', , port] = target.split('/')
    inside = { host, port: Number(port) }
  }
  return { port: (server.address() as AddressInfo).port, open }
}

test('a node that can’t be dialled uses a relay by itself, until a router lets others in', async () => {
  const network = new MemoryNetwork({})
  const { port, open } = await router()
  const relay = await startNode(network, { listen: ['/ip4/127.0.0.1/tcp/0'], relay: 'serve' })
  // Seen to come from 127.0.0.1: where it listens, nobody dials it back; where it is announced, nobody answers.
  const hidden = await startNode(network, {
    ...{ listen: ['/ip4/127.0.0.2/tcp/0'], announce: [`/ip4/127.0.0.1/tcp/${port}`], relay: 'auto' },
    bootstrap: relay.addresses(),
  })
  const seen = () => relay.view.query(({ peerId }) => peerId === hidden.peerId)
  const becomes = (state: object) =>
    expect.poll(() => seen()[0], { timeout: 120_000, interval: 200 }).toMatchObject(state)
  await becomes({ isUnreachable: true, isRelayed: true })
  open(hidden.addresses().find((address) => address.startsWith('/ip4/127.0.0.2/'))!)
  await becomes({ isUnreachable: false, isRelayed: false })
  expect(hidden.addresses().some(isRelayed)).toBe(false)
}, 300_000)
