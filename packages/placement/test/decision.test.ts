import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Candidate, createPool } from '../src/candidate.ts'
import { type Decision, recordDecision, replayDecision } from '../src/decision.ts'
import { type Placement, place } from '../src/place.ts'
import { geometries, keys, networks, seeds, strategies } from './arbitrary.ts'

function chosen({ nodes, seconds, explanation }: Placement<Candidate>) {
  const idsOf = (choice: ReadonlyMap<number, Candidate>) => [...choice].map(([shard, { peerId }]) => [shard, peerId])
  return { nodes: idsOf(nodes), seconds: idsOf(seconds), explanation }
}

test('a decision written down as JSON is taken again alike', () => {
  fc.assert(
    fc.property(networks, keys, seeds, geometries, strategies, fc.nat(5), (...input) => {
      const [network, key, seed, geometry, strategy, stay] = input
      const placed = new Map(
        network.slice(0, Math.min(stay, geometry.shardCount - 1)).map((node, shard) => [shard, node]),
      )
      const accept = ({ weight }: Candidate) => weight % 7 !== 0
      const request = { candidates: createPool(network), key, seed, geometry, policy: { strategy, accept }, placed }
      const written = JSON.stringify(recordDecision(request))
      expect(chosen(replayDecision(JSON.parse(written) as Decision))).toEqual(chosen(place(request)))
    }),
  )
})

interface Golden {
  readonly name: string
  readonly decision: Decision
  readonly result: ReturnType<typeof chosen>
}

const golden = JSON.parse(readFileSync(new URL('golden/decisions.json', import.meta.url), 'utf8')) as Golden[]

test.each(golden)('known decision: $name', ({ decision, result }) => {
  expect(chosen(replayDecision(decision))).toEqual(result)
})

test('a decision of another version is refused', () => {
  const decision = { ...golden[0]!.decision, version: 2 } as unknown as Decision
  expect(() => replayDecision(decision)).toThrow(RangeError)
})
