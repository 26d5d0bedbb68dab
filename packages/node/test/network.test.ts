/** What placement gets to know of the members. */
import { type MemberRecord, shortId, signRecord, View } from '@p2pstore/state'
import { expect, test } from 'vitest'
import { manualClock } from '../src/clock/manual-clock.ts'
import { Roll } from '../src/membership/roll.ts'
import { MemberNetwork, type NetworkParts } from '../src/network.ts'

const peerId = (number: number) => `12D3KooWmember${number}`.padEnd(52, `${number}`)
const selfId = peerId(0)

function networkOf(changes: readonly Partial<MemberRecord>[]): MemberNetwork {
  const clock = manualClock()
  const view = new View({ selfId, verify: () => true })
  const records = changes.map((change, number): MemberRecord => {
    const unit = { id: 'disk', totalBytes: 4 * 2 ** 30, freeBytes: 3 * 2 ** 30, outlook: 'good' } as const
    return {
      ...{ peerId: peerId(number), incarnation: 1, version: 1, timestampMs: clock.nowMs(), renewMs: 1_000 },
      ...{ roles: ['storage'], addresses: [], units: [unit], group: 'default', domain: `rack-${number}` },
      ...{ tags: [], draining: false, links: [], ...change },
    }
  })
  const now = { nowMs: clock.nowMs(), monotonicMs: clock.monotonicMs() }
  const { refused } = view.merge(
    records.map((record) => signRecord(record, () => new Uint8Array(64))),
    now,
  )
  expect(refused).toEqual([])
  const parts: NetworkParts = {
    selfId,
    rpc: { call: () => Promise.reject() },
    view,
    roll: new Roll('founder'),
    clock,
    bootstrap: new Map(),
  }
  return new MemberNetwork(parts)
}

const service = (admission: 'open' | 'busy' | 'closed') => ({ errorPerMille: 0, queueDepth: 0, admission })

test('free space is a weight, used space a load, a busy node comes after all others, and a closed one not at all', () => {
  const network = networkOf([
    {},
    { service: service('busy') },
    { service: service('closed') },
    { draining: true },
    { roles: [] },
  ])
  const candidates = network
    .candidates()
    .candidates.map(({ weight, load, available, domain }) => [domain, weight, load, available])
  expect(candidates).toEqual([
    ['rack-0', 3 * 1024, 250, true],
    ['rack-1', 3 * 1024, 1250, true],
    ['rack-2', 3 * 1024, 250, false],
    ['rack-3', 3 * 1024, 250, false],
  ])
})

test('what this node has measured of its ways to others is what placement knows of paths', () => {
  const link = { roundTripUs: 700, bytesPerSecond: 0, failurePerMille: 40 }
  const links = [
    { ...link, peer: shortId(peerId(1)), security: 'secure' as const },
    { ...link, peer: shortId(peerId(2)), security: 'plain' as const },
  ]
  const paths = networkOf([{ links }, {}, {}, {}])
    .candidates()
    .candidates.map(({ path }) => path)
  const path = { roundTripUs: 700, congestionPermille: 40 }
  expect(paths).toEqual([undefined, { ...path, isSecure: true }, { ...path, isSecure: false }, undefined])
})
