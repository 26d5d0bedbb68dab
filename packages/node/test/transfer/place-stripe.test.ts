import { parseScheme } from '@p2pstore/codec'
import { createPool } from '@p2pstore/placement'
import { describe, expect, test } from 'vitest'
import type { StoredShard } from '../../src/object/location-page.ts'
import type { StorageMember } from '../../src/storage-member.ts'
import { assertEnoughNodes, placeShards } from '../../src/transfer/place-stripe.ts'
import type { PlacementWishes } from '../../src/transfer/placement-wishes.ts'
import { stripeGeometryOf } from '../../src/transfer/stripe-geometry.ts'
import { member } from '../member.ts'

function networkOf(members: readonly StorageMember[]) {
  const pool = createPool(members)
  return { candidates: () => pool, notePlaced: () => {} }
}

const stripeOf = (scheme: string) => ({
  objectId: new Uint8Array(16).fill(7),
  stripe: 3,
  geometry: stripeGeometryOf(parseScheme(scheme)),
})
const storedOn = (peerId: string): StoredShard => ({ peerId, unit: 'u', segment: 1, offsetBytes: 0, checksum: 0 })
const rackOf = (peerId: string, racks: number) => Number(peerId.slice(1)) % racks

test.each([
  ['grid:4+1,4+1', 5],
  ['grid:3+1,3+1,1+1', 4],
  ['lines:4+1,4+1', 5],
  ['local:12+2+2', 8],
])('%s: no line or local group has two shards in one rack, whichever nodes fail', (scheme, racks) => {
  const stripe = stripeOf(scheme)
  const network = networkOf(Array.from({ length: racks * 14 }, (_, number) => member(number, racks)))
  const { nodes, substitute } = placeShards(network, stripe, new Map())
  const now = new Map(nodes)
  const assertKept = () => {
    expect(new Set(now.values()).size).toBe(stripe.geometry.shardCount)
    for (const { members } of stripe.geometry.groups.filter(({ losses }) => losses === 1)) {
      expect(new Set(members.map((shard) => rackOf(now.get(shard)!, racks))).size).toBe(members.length)
    }
  }
  assertKept()
  for (const shard of [0, 5, 5, 2, 9, 5]) {
    const next = substitute(shard)
    expect([...now.values()]).not.toContain(next)
    now.set(shard, next!)
    assertKept()
  }
})

test('a node that failed is not tried again, and trying ends', () => {
  const network = networkOf(Array.from({ length: 40 }, (_, number) => member(number, 40)))
  const { nodes, substitute } = placeShards(network, stripeOf('rs:4+2'), new Map())
  const tried = [nodes.get(0)]
  for (let next = substitute(0); next !== undefined; next = substitute(0)) tried.push(next)
  expect(new Set(tried).size).toBe(tried.length)
  expect(tried).toHaveLength(7)
})

test('the last spare node goes to the shard that needs it', () => {
  const network = networkOf(Array.from({ length: 7 }, (_, number) => member(number, 7)))
  for (let shard = 0; shard < 6; shard += 1) {
    const { nodes, substitute } = placeShards(network, stripeOf('rs:4+2'), new Map())
    const next = substitute(shard)
    expect(next).toBeDefined()
    expect([...nodes.values()]).not.toContain(next)
    expect(substitute(shard)).toBeUndefined()
  }
})

test('lost shards go where the lines of those that stay leave room', () => {
  const racks = 5
  const stripe = stripeOf('grid:4+1,4+1')
  const members = Array.from({ length: 50 }, (_, number) => member(number, racks))
  const { nodes } = placeShards(networkOf(members), stripe, new Map())
  const lost = [0, 6, 12, 18]
  const good = new Map(
    [...nodes].filter(([shard]) => !lost.includes(shard)).map(([s, peerId]) => [s, storedOn(peerId)]),
  )
  const down = new Set(lost.map((shard) => nodes.get(shard)))
  const left = members.map((each) => ({ ...each, available: !down.has(each.peerId) }))
  const repaired = placeShards(networkOf(left), stripe, good)
  expect([...repaired.nodes.keys()].sort((a, b) => a - b)).toEqual(lost)
  const now = new Map([...nodes, ...repaired.nodes])
  for (const { members: line } of stripe.geometry.groups) {
    expect(new Set(line.map((shard) => rackOf(now.get(shard)!, racks))).size).toBe(racks)
  }
})

test('suspects are chosen only when there are too few others, the excluded never', () => {
  const suspect = { availability: 'suspect' } as const
  const members = Array.from({ length: 9 }, (_, number) => member(number, 9, number < 3 ? suspect : {}))
  const six = placeShards(networkOf(members), stripeOf('rs:4+2'), new Map())
  expect([...six.nodes.values()].sort()).toEqual(['n3', 'n4', 'n5', 'n6', 'n7', 'n8'])
  const fewer = placeShards(networkOf(members), stripeOf('rs:4+2'), new Map(), new Set(['n3', 'n4']))
  expect(fewer.nodes.size).toBe(6)
  for (const peerId of ['n3', 'n4']) expect([...fewer.nodes.values()]).not.toContain(peerId)
})

test('nodes behind relays get shards only when there are too few others', () => {
  const members = (count: number) => Array.from({ length: 12 }, (_, i) => member(i, 12, { isRelayed: i >= count }))
  const relayedAmong = (count: number): number =>
    [...placeShards(networkOf(members(count)), stripeOf('rs:4+2'), new Map()).nodes.values()].filter(
      (peerId) => Number(peerId.slice(1)) >= count,
    ).length
  expect(relayedAmong(6)).toBe(0)
  expect(relayedAmong(4)).toBeGreaterThanOrEqual(2)
})

describe('wishes', () => {
  const wishing = (members: readonly StorageMember[], wishes: PlacementWishes): string[] => {
    const { nodes, substitute } = placeShards(networkOf(members), { ...stripeOf('rs:4+2'), wishes }, new Map())
    return [...nodes.values(), substitute(0)].filter((peerId) => peerId !== undefined)
  }

  test('only nodes that are wanted are chosen, substitutes too, even when there are too few', () => {
    const members = Array.from({ length: 30 }, (_, i) => member(i, 30, { region: i % 3 === 0 ? 'eu' : 'us' }))
    const chosen = wishing(members, { accept: ({ region }) => region === 'eu' })
    expect(chosen).toHaveLength(7)
    for (const peerId of chosen) expect(Number(peerId.slice(1)) % 3).toBe(0)
    expect(wishing(members.slice(0, 12), { accept: ({ region }) => region === 'eu' })).toHaveLength(4)
  })

  test('the nearest come first when that is wished', () => {
    const pathOf = (i: number) => ({ roundTripUs: i < 8 ? 500 : 90_000, congestionPermille: 0, isSecure: true })
    const members = Array.from({ length: 40 }, (_, i) => member(i, 40, { path: pathOf(i) }))
    for (const peerId of wishing(members, { strategy: 'nearest' })) expect(Number(peerId.slice(1))).toBeLessThan(8)
  })

  test('a put that could not be placed as wished is refused before its source is read', () => {
    const members = Array.from({ length: 9 }, (_, i) => member(i, 9, { tags: i < 5 ? ['ssd'] : [] }))
    const settings = { scheme: 'rs:4+2', acknowledge: 'all' } as const
    const accept = ({ tags }: StorageMember): boolean => tags.includes('ssd')
    const network = { storageMembers: () => members }
    expect(() => assertEnoughNodes(network, { ...settings, placement: {} }, 6)).not.toThrow()
    expect(() => assertEnoughNodes(network, { ...settings, placement: { accept } }, 6)).toThrow(/5 of 9 .* wanted/)
  })
})
