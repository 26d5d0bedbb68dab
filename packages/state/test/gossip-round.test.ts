import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chooseGossipPeers } from '../src/gossip-round.ts'
import type { Availability } from '../src/liveness.ts'
import type { Member, View } from '../src/view.ts'
import { createView, exchange, momentAt, recordOf, seededRandom, signed } from './network.ts'

const group = 'default'
const unseen = { lastHeardMs: 0, isCloned: false, observedPrefix: undefined }
const verdicts = fc.constantFrom<Availability>('up', 'suspect', 'down')
const networks = fc.array(fc.tuple(verdicts, fc.boolean()), { maxLength: 12 }).map((list) =>
  list.map(([availability, dialable], i): Member => {
    const record = recordOf(`peer-${i}`, dialable ? {} : { addresses: [] })
    return { record, availability, ...unseen }
  }),
)

test('chooses different peers that can be dialled, as many as asked for, and never itself', () => {
  fc.assert(
    fc.property(networks, fc.integer(), fc.subarray(['peer-0', 'peer-3', 'seed']), (members, seed, bootstrapIds) => {
      const chosen = chooseGossipPeers({ members, selfId: 'peer-0', group, bootstrapIds, random: seededRandom(seed) })
      const dialable = members.filter(({ record }) => record.peerId !== 'peer-0' && record.addresses.length > 0)
      const present = dialable.filter(({ availability }) => availability !== 'down').map(({ record }) => record.peerId)
      const reachable = [...dialable.map(({ record }) => record.peerId), ...bootstrapIds]
      expect(new Set(chosen).size).toBe(chosen.length)
      expect(chosen).not.toContain('peer-0')
      expect(reachable).toEqual(expect.arrayContaining(chosen))
      expect(chosen.filter((peerId) => present.includes(peerId)).length).toBe(Math.min(3, present.length))
      expect(chosen.filter((peerId) => !present.includes(peerId)).length).toBeLessThanOrEqual(1)
    }),
  )
})

test('alone, it always tries somebody', () => {
  const members: Member[] = [{ record: recordOf('gone'), availability: 'down', ...unseen }]
  for (let seed = 0; seed < 50; seed++) {
    const random = seededRandom(seed)
    expect(chooseGossipPeers({ members, selfId: 'self', group, bootstrapIds: ['seed'], random })).toHaveLength(1)
    expect(chooseGossipPeers({ members: [], selfId: 'self', group, bootstrapIds: ['seed'], random })).toEqual(['seed'])
    expect(chooseGossipPeers({ members: [], selfId: 'self', group, bootstrapIds: ['self'], random })).toEqual([])
  }
})

test('draws everybody equally often', () => {
  const members = Array.from({ length: 10 }, (_, i): Member => {
    return { record: recordOf(`peer-${i}`), availability: 'up', ...unseen }
  })
  const random = seededRandom(1)
  const rounds = 20_000
  const counts = new Map<string, number>()
  for (let round = 0; round < rounds; round++) {
    for (const peerId of chooseGossipPeers({ members, selfId: 'self', group, bootstrapIds: [], random })) {
      counts.set(peerId, (counts.get(peerId) ?? 0) + 1)
    }
  }
  const deviation = Math.sqrt(rounds * 0.3 * 0.7)
  expect(counts.size).toBe(10)
  for (const count of counts.values()) expect(Math.abs(count - rounds * 0.3)).toBeLessThan(5 * deviation)
})

/** One synchronous round: every node of `reachable` exchanges with the peers it chose, both ways. */
function gossip(
  views: Map<string, View>,
  nowMs: number,
  random: () => number,
  reaches: (a: string, b: string) => boolean,
) {
  for (const [selfId, view] of views) {
    const members = view.members(nowMs)
    for (const peerId of chooseGossipPeers({ members, selfId, group, bootstrapIds: ['node-0'], random })) {
      const other = views.get(peerId)!
      if (!reaches(selfId, peerId)) {
        view.failed(peerId, nowMs)
        continue
      }
      exchange(view, other, nowMs)
    }
  }
}

function createNetwork(size: number): Map<string, View> {
  const ids = Array.from({ length: size }, (_, i) => `node-${i}`)
  const views = new Map(ids.map((selfId) => [selfId, createView({ selfId })]))
  for (const [peerId, view] of views) view.merge([signed(recordOf(peerId))], momentAt(0))
  return views
}

function areEqual(views: Map<string, View>): boolean {
  return new Set([...views.values()].map((view) => Buffer.from(view.hashes()).toString('hex'))).size === 1
}

test('a network that knows only one address comes to know itself, and heals after a cut', () => {
  const views = createNetwork(24)
  const random = seededRandom(7)
  const side = (peerId: string) => Number(peerId.slice(5)) % 2
  let nowMs = 0
  const roundsUntil = (done: () => boolean, reaches: (a: string, b: string) => boolean) => {
    for (let round = 1; round <= 30; round++) {
      nowMs += 100
      gossip(views, nowMs, random, reaches)
      if (done()) return round
    }
    return Number.POSITIVE_INFINITY
  }
  const anywhere = () => true
  const sameSide = (a: string, b: string) => side(a) === side(b)

  expect(roundsUntil(() => areEqual(views), anywhere)).toBeLessThanOrEqual(8)

  nowMs += 10_000
  const [one, two] = [views.get('node-1')!, views.get('node-2')!]
  one.merge([signed(recordOf('node-1', { version: 2 }))], momentAt(nowMs))
  two.merge([signed(recordOf('node-2', { version: 2 }))], momentAt(nowMs))
  expect(roundsUntil(() => areEqual(views), sameSide)).toBe(Number.POSITIVE_INFINITY)
  expect(one.availability('node-2', nowMs)).toBe('down')
  expect(one.members(nowMs)).toHaveLength(24)

  expect(roundsUntil(() => areEqual(views), anywhere)).toBeLessThanOrEqual(10)
})
