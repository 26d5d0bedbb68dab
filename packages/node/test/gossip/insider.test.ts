/** What one member can make the others believe, if it says what it likes: not much. */
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { type ManualClock, manualClock } from '../../src/clock/manual-clock.ts'
import { Prober, type ProberParts } from '../../src/gossip/prober.ts'
import type { RpcMessenger } from '../../src/gossip/rpc-messenger.ts'
import { certify } from '../../src/membership/authority.ts'
import { encodeCredential } from '../../src/membership/certificate.ts'
import { createMemoryNetwork, type MemoryNetwork } from '../../src/memory-network.ts'
import { encodeSwap } from '../../src/messages/membership-messages.ts'
import { seededRandom } from '../../src/random/seeded-random.ts'
import { createInsider, type Insider, identityOf, recordBy } from './insider.ts'

const limits = { timeoutMs: 5_000 }
let clock: ManualClock
let network: MemoryNetwork
let insider: Insider
let messenger: RpcMessenger

beforeEach(async () => {
  clock = manualClock()
  const conditions = () => ({ latencyMs: 5, bytesPerSecond: 20e6 })
  network = await clock.settle(createMemoryNetwork({ nodes: 6, clock, random: seededRandom(1), conditions }))
  insider = await clock.settle(createInsider(network, clock))
  messenger = insider.messenger
  onTestFinished(() => clock.settle(Promise.all([insider.rpc.close(), network.close()]).then(() => {})))
  await clock.advance(10_000)
})

const seenBy = (number: number): string[] => network.nodes[number]!.node.status().members.map(({ peerId }) => peerId)
const nodeIds = (): string[] => network.nodes.map(({ identity }) => identity.peerId).sort()

/** To all nodes, each of which may do with it what it likes. */
async function tellAll(say: (peerId: string) => Promise<unknown>): Promise<void> {
  await clock.settle(Promise.allSettled(nodeIds().map(say)))
}

test('it makes up no peers: records count of those whom the authority has let in', async () => {
  const made = Array.from({ length: 300 }, (_, number) => recordBy(identityOf(number), clock))
  for (let from = 0; from < made.length; from += 50) {
    const records = made.slice(from, from + 50)
    await tellAll((peerId) => messenger.swap(peerId, { records, wanted: [] }, limits))
    await tellAll((peerId) => messenger.tell(peerId, { accusations: [], records: records.slice(0, 16) }, limits))
  }
  await clock.advance(20_000)
  for (const number of network.nodes.keys()) expect(seenBy(number)).toEqual(nodeIds())
  const newcomer = await clock.settle(network.addNode())
  await clock.advance(10_000)
  expect(nodeIds()).toContain(newcomer.identity.peerId)
  for (const number of network.nodes.keys()) expect(seenBy(number)).toEqual(nodeIds())
})

test('it lets nobody in: what it certifies is on no roll', async () => {
  const friend = identityOf(7)
  const own = certify(network.authority, insider.identity.peerId, { role: 'storage', expiresAtMs: 0 })
  const ofFriend = certify({ ...network.authority, key: insider.identity }, friend.peerId, {
    role: 'storage',
    expiresAtMs: 0,
  })
  const record = encodeCredential({ ...own, chain: [...own.chain, ...ofFriend.chain] })
  const body = encodeSwap({ items: [{ kind: 'credential', record }], wanted: [] })
  await tellAll((peerId) => insider.rpc.call({ peerId, addresses: [] }, 'members.swap', {}, { body, lane: 'control' }))
  await clock.advance(10_000)
  for (const { node } of network.nodes) expect(node.members().map(({ peerId }) => peerId)).not.toContain(friend.peerId)
})

test('it stores nothing for others, whatever it says it has room for', async () => {
  await tellAll((peerId) =>
    messenger.swap(peerId, { records: [recordBy(insider.identity, clock)], wanted: [] }, limits),
  )
  await clock.advance(10_000)
  for (const number of network.nodes.keys()) expect(seenBy(number)).toEqual(nodeIds())
})

test('it puts nobody down: who is accused has time to refute, whoever is said to accuse and since when', async () => {
  const [victim, ...others] = network.nodes
  const { peerId: subject } = victim!.identity
  let suspected = 0
  for (let time = 0; time < 3; time += 1) {
    for (const ageMs of [0, 2_500, 4_000, 3_600_000]) {
      const record = others[0]!.node.view.query(({ peerId }) => peerId === subject)[0]!.record
      const { incarnation, version } = record
      const lie = { subject, incarnation, version, accusers: ['x', 'y', 'z'], ageMs }
      await tellAll((peerId) =>
        peerId === subject ? Promise.resolve() : messenger.tell(peerId, { accusations: [lie], records: [] }, limits),
      )
      for (let step = 0; step < 40; step += 1) {
        const verdicts = others.map(({ node }) => node.view.explain(subject).availability)
        expect(verdicts).not.toContain('down')
        if (verdicts.includes('suspect')) suspected += 1
        await clock.advance(100)
      }
    }
  }
  expect(suspected).toBeGreaterThan(0)
})

test('whoever has had the key of a node can not speak for it for long: the node itself says something newer', async () => {
  const [stolen] = network.nodes
  const { identity } = stolen!
  const domainSeen = (): string[] =>
    network.nodes.map(({ node }) => node.view.query(({ peerId }) => peerId === identity.peerId)[0]!.record.domain)
  const { record } = stolen!.node.view.query(({ peerId }) => peerId === identity.peerId)[0]!
  for (const incarnation of [record.incarnation, clock.nowMs() + 24 * 3_600_000]) {
    const version = Number.MAX_SAFE_INTEGER
    const forged = recordBy(identity, clock, { incarnation, version, domain: 'elsewhere' })
    await tellAll((peerId) => messenger.tell(peerId, { accusations: [], records: [forged] }, limits))
    expect(domainSeen()).toContain('elsewhere')
    await clock.advance(30_000)
    expect(domainSeen()).not.toContain('elsewhere')
  }
})

test('it has nobody call strangers', async () => {
  const dialled: string[] = []
  const stranger = identityOf(3).peerId
  const transport = network.hub.transport(stranger, { address: `/memory/p2p/${stranger}` })
  await transport.start(({ remotePeerId }) => dialled.push(remotePeerId))
  await tellAll(async (peerId) => {
    expect(await messenger.ask(peerId, { subject: stranger }, limits)).toEqual({ answered: false })
  })
  expect(dialled).toEqual([])
})

test('it has a member pinged once at a time, however often it asks, and no coordinate learned from that', async () => {
  const pings: (() => void)[] = []
  const learned: string[] = []
  const parts = {
    selfId: 'self',
    view: { record: () => ({}), heard() {} },
    messenger: { ping: () => new Promise((answer) => pings.push(() => answer({}))) },
    answered: (peerId: string) => learned.push(peerId),
    ...{ clock, intervalMs: 1_000 },
  }
  const prober = new Prober(parts as unknown as ProberParts)
  const asked = Array.from({ length: 100 }, () => prober.help('member'))
  expect(pings).toHaveLength(1)
  pings[0]!()
  expect(new Set(await Promise.all(asked))).toEqual(new Set([true]))
  void prober.help('member')
  expect([pings.length, learned]).toEqual([2, []])
})
