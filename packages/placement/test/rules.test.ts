/** That rules are kept wherever they can be, against an oracle that tries everything. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Candidate, createPool } from '../src/candidate.ts'
import type { StripeGeometry } from '../src/geometry.ts'
import { place } from '../src/place.ts'
import { geometries, keys, networkOf, strategies } from './arbitrary.ts'
import { grid } from './geometries.ts'
import { isSolvable } from './solvable.ts'

/** `PLACEMENT_RUNS` times as many; see CONTRIBUTING.md. */
const factor = Number(process.env.PLACEMENT_RUNS ?? 1)

const timeoutMs = 120_000 * factor

const domainSizes = fc.oneof(
  fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 14 }),
  fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 8 }),
)

type Located = Pick<Candidate, 'peerId' | 'domain'>

/** Counts anew, without the code under test. */
function isKept(geometry: StripeGeometry, nodes: ReadonlyMap<number, Located>): boolean {
  const all = [...nodes.values()]
  if (nodes.size < geometry.shardCount || new Set(all.map(({ peerId }) => peerId)).size < all.length) return false
  return geometry.groups.every(({ members, losses }) => {
    const domains = members.map((shard) => nodes.get(shard)!.domain)
    const most = Math.max(...domains.map((domain) => domains.filter((other) => other === domain).length))
    return most <= (geometry.cells ? 1 : losses)
  })
}

test('a new stripe keeps every rule that can be kept', { timeout: timeoutMs }, () => {
  let solvable = 0
  fc.assert(
    fc.property(geometries, domainSizes, keys, strategies, (geometry, sizes, key, strategy) => {
      const { nodes, explanation } = place({
        candidates: createPool(networkOf(sizes)),
        key,
        geometry,
        policy: { strategy },
      })
      expect(new Set([...nodes.values()].map(({ peerId }) => peerId)).size).toBe(nodes.size)
      const isFine = isKept(geometry, nodes)
      expect(explanation.missing === 0 && explanation.excess === 0).toBe(isFine)
      if (isFine) solvable++
      else expect(isSolvable(geometry, sizes, new Map(), 1_000)).not.toBe(true)
    }),
    { numRuns: 1_000 * factor },
  )
  expect(solvable).toBeGreaterThan(350)
})

test('lost shards are placed by every rule that can be kept around the shards that stay', {
  timeout: timeoutMs,
}, () => {
  let repaired = 0
  fc.assert(
    fc.property(geometries, domainSizes, keys, fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }), (...input) => {
      const [geometry, sizes, key, lost] = input
      const network = networkOf(sizes)
      const before = place({ candidates: createPool(network), key, geometry })
      if (!isKept(geometry, before.nodes)) return
      const left = network.map((node, i) => ({ ...node, available: node.available && !(lost[i % 40] && i % 3 < 2) }))
      const isLeft = new Map(left.map(({ peerId, available }) => [peerId, available]))
      const placed = new Map([...before.nodes].filter(([, { peerId }]) => isLeft.get(peerId)))
      const after = place({ candidates: createPool(left), key, geometry, placed })
      const isFine = isKept(geometry, new Map<number, Located>([...placed, ...after.nodes]))
      if (isFine) {
        repaired++
        return
      }
      const holders = new Set([...placed.values()].map(({ peerId }) => peerId))
      const supply = sizes.map(
        (_, number) =>
          left.filter(
            ({ peerId, domain, available }) => available && domain === `rack-${number}` && !holders.has(peerId),
          ).length,
      )
      const fixed = new Map([...placed].map(([shard, { domain }]) => [shard, Number(domain.slice('rack-'.length))]))
      expect(isSolvable(geometry, supply, fixed, 1_000)).not.toBe(true)
    }),
    { numRuns: 750 * factor },
  )
  expect(repaired).toBeGreaterThan(100)
})

/** A two-dimensional grid fits exactly when its shards fit, as many per domain as its shorter side (see colouring.ts). */
test('grids of two dimensions, any sides: every network that is large enough will do', { timeout: timeoutMs }, () => {
  const sides = fc.record({ data: fc.integer({ min: 1, max: 9 }), parity: fc.integer({ min: 1, max: 2 }) })
  let solvable = 0
  fc.assert(
    fc.property(sides, sides, keys, fc.infiniteStream(fc.integer({ min: 1, max: 12 })), (a, b, key, stream) => {
      const geometry = grid([a, b])
      const shortest = Math.min(a.data + a.parity, b.data + b.parity)
      const sizes: number[] = []
      const fitting = () => sizes.reduce((sum, size) => sum + Math.min(size, shortest), 0)
      while (fitting() < geometry.shardCount) sizes.push(stream.next().value)
      const { nodes } = place({ candidates: createPool(networkOf(sizes)), key, geometry })
      expect(isKept(geometry, nodes)).toBe(true)
      solvable++
    }),
    { numRuns: 6_000 * factor },
  )
  expect(solvable).toBe(6_000 * factor)
})

/** Networks made from a colouring, with hardly a node to spare. */
test('grids of three and four dimensions: a network that was made to fit will do', { timeout: timeoutMs }, () => {
  const side = fc.record({ data: fc.integer({ min: 1, max: 3 }), parity: fc.constant(1) })
  const sides = fc.array(side, { minLength: 3, maxLength: 4 })
  fc.assert(
    fc.property(sides, keys, fc.infiniteStream(fc.nat(3)), (sides, key, stream) => {
      const geometry = grid(sides)
      const longest = Math.max(...sides.map(({ data }) => data + 1))
      const sizes: number[] = []
      for (let colour = 0; colour < longest; colour++) {
        // Each colour over one domain or over several, cut anywhere.
        let left = geometry.shardCount / longest
        while (left > 0) {
          const size = stream.next().value === 0 ? 1 + (left >> 1) : left
          sizes.push(size)
          left -= size
        }
      }
      const { nodes } = place({ candidates: createPool(networkOf(sizes)), key, geometry })
      expect(isKept(geometry, nodes)).toBe(true)
    }),
    { numRuns: 2_250 * factor },
  )
})

test('any mixture of first and second choices keeps the rules when nodes abound', () => {
  fc.assert(
    fc.property(
      geometries,
      keys,
      strategies,
      fc.array(fc.boolean(), { minLength: 16, maxLength: 16 }),
      (geometry, key, strategy, isFirstDown) => {
        const candidates = createPool(networkOf(new Array<number>(12).fill(8)))
        const { nodes, seconds } = place({ candidates, key, geometry, policy: { strategy } })
        expect(seconds.size).toBe(geometry.shardCount)
        const mixture = new Map(
          [...nodes].map(([shard, first]) => [shard, isFirstDown[shard] ? seconds.get(shard)! : first]),
        )
        expect(new Set([...nodes.values(), ...seconds.values()]).size).toBe(2 * geometry.shardCount)
        expect(isKept(geometry, mixture)).toBe(true)
      },
    ),
    { numRuns: 500 },
  )
})
