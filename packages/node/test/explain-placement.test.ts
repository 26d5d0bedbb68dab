import { createPool, replayDecision } from '@p2pstore/placement'
import { expect, test } from 'vitest'
import { explainPlacement } from '../src/explain-placement.ts'
import { createMemoryNetwork } from '../src/memory-network.ts'
import type { Network } from '../src/network.ts'
import { member } from './member.ts'

function peerWith(racks: number, nodesEach: number) {
  const members = Array.from({ length: racks * nodesEach }, (_, number) => member(number, racks))
  const pool = createPool(members)
  return { network: { candidates: () => pool } as Pick<Network, 'candidates'> as Network }
}

test('says for each shard which node, and the exact loss of tolerance when domains are few', async () => {
  const wide = await explainPlacement({ scheme: 'grid:4+1,4+1', key: 'holiday' }, peerWith(30, 2))
  expect(wide).toMatchObject({ missing: 0, excess: 0, domainFailuresSurvived: 3, toleranceLost: 0, isExact: true })
  const five = await explainPlacement({ scheme: 'grid:4+1,4+1', key: 'holiday' }, peerWith(5, 10))
  expect(five).toMatchObject({
    excess: 0,
    domainFailuresSurvived: 1,
    toleranceLost: 2,
    isExact: true,
    parityGroups: 10,
  })
  expect(five.domains.map(({ shards }) => shards.length)).toEqual([5, 5, 5, 5, 5])
  const four = await explainPlacement({ scheme: 'grid:4+1,4+1', key: 'holiday' }, peerWith(4, 10))
  expect(four).toMatchObject({ excess: 10, domainFailuresSurvived: 0, toleranceLost: 3 })
  const few = await explainPlacement({ scheme: 'rs:4+2' }, peerWith(4, 2))
  expect(few).toMatchObject({ excess: 0, domainFailuresSurvived: 1, toleranceLost: 1, isExact: true })
  expect(few.shards.map(({ kind }) => kind)).toEqual(['data', 'data', 'data', 'data', 'parity', 'parity'])
})

test('the decision it shows can be taken again', async () => {
  await using network = await createMemoryNetwork({ nodes: 9 })
  const client = await network.addClient()
  await client.waitForNodes(9)
  const report = await client.explainPlacement({ key: '00112233445566778899aabbccddeeff', stripe: 2 })
  expect(report.objectId).toBe('00112233445566778899aabbccddeeff')
  const again = replayDecision(JSON.parse(JSON.stringify(report.decision)))
  expect([...again.nodes.values()].map(({ peerId }) => peerId)).toEqual(report.shards.map(({ node }) => node?.peerId))
  expect([...again.seconds.values()].map(({ peerId }) => peerId)).toEqual(
    report.shards.flatMap(({ second }) => (second ? [second.peerId] : [])),
  )
})

test('a stripe that can’t be is the caller’s mistake', async () => {
  await expect(explainPlacement({ stripe: -1 }, peerWith(6, 1))).rejects.toThrow(RangeError)
  await expect(explainPlacement({ scheme: 'rs:0+1' }, peerWith(6, 1))).rejects.toMatchObject({ code: 'SCHEME_INVALID' })
})
