import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chooseGossipPeers } from '../src/gossip-round.ts'
import type { Availability } from '../src/liveness.ts'
import type { View } from '../src/view.ts'
import { createView, exchange, momentAt, recordOf, seededRandom, signed } from './network.ts'

interface Known {
  readonly availability: Availability
  readonly isDialable: boolean
}

const knowledge = fc.array(
  fc.record({ availability: fc.constantFrom<Availability>('up', 'suspect', 'down'), isDialable: fc.boolean() }),
  { maxLength: 12 },
)

/** What `peer-0` knows of `peer-0`, `peer-1` and so on. */
function viewOf(known: readonly Known[]): View {
  const view = createView({ selfId: 'peer-0' })
  const failures = { up: 0, suspect: 1, down: 2 }
  for (const [i, { availability, isDialable }] of known.entries()) {
    const peerId = `peer-${i}`
    view.merge([signed(recordOf(peerId, isDialable ? {} : { addresses: [] }))], momentAt(0))
    for (let count = 0; count < failures[availability]; count++) view.failed(peerId, 0)
  }
  return view
}

test('chooses different peers that can be dialled, as many as asked for, and never itself', () => {
  fc.assert(
    fc.property(knowledge, fc.integer(), fc.subarray(['peer-0', 'peer-3', 'seed']), (known, seed, bootstrapIds) => {
      const view = viewOf(known)
      const chosen = chooseGossipPeers(view, bootstrapIds, 0, seededRandom(seed))
      const dialable = known.flatMap(({ isDialable, availability }, i) =>
        isDialable && i > 0 ? [{ peerId: `peer-${i}`, availability }] : [],
      )
      const present = dialable.filter(({ availability }) => availability !== 'down').map(({ peerId }) => peerId)
      const reachable = [...dialable.map(({ peerId }) => peerId), ...bootstrapIds]
      expect(new Set(chosen).size).toBe(chosen.length)
      expect(chosen).not.toContain('peer-0')
      expect(reachable).toEqual(expect.arrayContaining(chosen))
      expect(chosen.filter((peerId) => present.includes(peerId)).length).toBe(Math.min(2, present.length))
      expect(chosen.filter((peerId) => !present.includes(peerId)).length).toBeLessThanOrEqual(1)
    }),
  )
})

test('alone, it always tries somebody', () => {
  const lone = viewOf([
    { availability: 'up', isDialable: true },
    { availability: 'down', isDialable: true },
  ])
  for (let seed = 0; seed < 50; seed++) {
    expect(chooseGossipPeers(lone, ['seed'], 0, seededRandom(seed))).toHaveLength(1)
    expect(chooseGossipPeers(viewOf([]), ['seed'], 0, seededRandom(seed))).toEqual(['seed'])
    expect(chooseGossipPeers(viewOf([]), ['peer-0'], 0, seededRandom(seed))).toEqual([])
  }
})

test('one who speaks for its group also chooses of others', () => {
  const view = createView({ selfId: 'self' })
  const summary = { members: 1, up: 1, totalBytes: 1, freeBytes: 1 }
  const far = ['a', 'b', 'c', 'd'].map((peerId) => recordOf(peerId, { group: 'far', summary }))
  view.merge([recordOf('self'), recordOf('near'), ...far].map(signed), momentAt(0))
  const groups = chooseGossipPeers(view, [], 0, seededRandom(1)).map((peerId) => view.record(peerId)!.group)
  expect(groups).toEqual(['default', 'far', 'far'])
})

test('draws everybody equally often', () => {
  const view = viewOf(Array.from({ length: 11 }, () => ({ availability: 'up', isDialable: true })))
  const random = seededRandom(1)
  const rounds = 20_000
  const counts = new Map<string, number>()
  for (let round = 0; round < rounds; round++) {
    for (const peerId of chooseGossipPeers(view, [], 0, random)) counts.set(peerId, (counts.get(peerId) ?? 0) + 1)
  }
  const deviation = Math.sqrt(rounds * 0.2 * 0.8)
  expect(counts.size).toBe(10)
  for (const count of counts.values()) expect(Math.abs(count - rounds * 0.2)).toBeLessThan(5 * deviation)
})

/** One synchronous round: every node of `reachable` exchanges with the peers it chose, both ways. */
function gossip(
  views: Map<string, View>,
  nowMs: number,
  random: () => number,
  reaches: (a: string, b: string) => boolean,
) {
  for (const [selfId, view] of views) {
    for (const peerId of chooseGossipPeers(view, ['node-0'], nowMs, random)) {
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
  expect(one.snapshot(nowMs)).toHaveLength(24)

  expect(roundsUntil(() => areEqual(views), anywhere)).toBeLessThanOrEqual(10)
})
