import { expect, test } from 'vitest'
import type { Network } from '../../src/network.ts'
import type { StorageMember } from '../../src/storage-member.ts'
import { ReadPace } from '../../src/transfer/pace.ts'
import { orderSources } from '../../src/transfer/sources.ts'
import { member } from '../member.ts'

const speed = (p50Us: number) => ({ bytesPerSecond: 1, p50Us, p90Us: p50Us, p99Us: p50Us })

function ordered(changes: readonly Partial<StorageMember>[], dataShards: number, pace = new ReadPace()): number[] {
  const members = changes.map((change, i) => member(i, changes.length, change))
  const network = { storageMembers: () => members } as Pick<Network, 'storageMembers'> as Network
  const sources = members.map(({ peerId }, index) => ({ index, peerId }))
  return orderSources(sources, dataShards, { network, pace }).map(({ index }) => index)
}

test('before a node has answered, the way to it and what it says of its reads tell how soon it will', () => {
  const changes = [
    { roundTripMs: 80, read: speed(1_000) },
    { roundTripMs: 5, read: speed(200_000) },
    { roundTripMs: 5, read: speed(1_000) },
    { roundTripMs: 5, read: speed(1_000), service: { errorPerMille: 400, queueDepth: 0, admission: 'open' } },
    {},
    { availability: 'suspect' },
  ] as const
  expect(ordered(changes, 6)).toEqual([4, 2, 3, 0, 1, 5])
})

test('what was seen of a node counts more than what it says', () => {
  const pace = new ReadPace()
  for (let i = 0; i < 20; i += 1) pace.observe('n0', 300)
  expect(ordered([{ read: speed(10) }, { read: speed(100_000) }], 2, pace)).toEqual([1, 0])
})
