import { codeOf, formatScheme, parseScheme, plan } from '@p2pstore/codec'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { meanTimeToAbsorption } from '../../src/bench/durability/absorption.ts'
import { binomialChance, hypergeometricChance, waysToChoose } from '../../src/bench/durability/combinatorics.ts'
import { countDecodable, countSmallestFatal } from '../../src/bench/durability/fatal-counts.ts'
import { fieldOfCodec } from '../../src/bench/durability/field.ts'
import { lossChance } from '../../src/bench/durability/loss-chance.ts'
import { type LossProfile, lossProfile } from '../../src/bench/durability/loss-profile.ts'
import { LostShards } from '../../src/bench/durability/lost-shards.ts'
import { meanYearsToLoss } from '../../src/bench/durability/repair-chain.ts'
import { SeededRandom } from '../../src/bench/seeded-random.ts'

const field = await fieldOfCodec()
const profileOf = (scheme: string): LossProfile =>
  lossProfile(parseScheme(scheme), { field, random: new SeededRandom(7), samples: 1_000 })
const simulationOf = (scheme: string, seed = 7): LossProfile =>
  lossProfile(parseScheme(scheme), { field, random: new SeededRandom(seed), samples: 4_000, mostCountedSets: 0 })

describe('combinatorics', () => {
  test('ways to choose are those of the triangle', () => {
    expect([0, 1, 2, 3, 4, 5].map((count) => waysToChoose(4, count))).toEqual([1, 4, 6, 4, 1, 0])
    expect(waysToChoose(52, 5)).toBe(2_598_960)
  })

  test('chances add up to one', () => {
    for (const chance of [0, 1e-9, 0.1, 0.5, 1]) {
      const sum = Array.from({ length: 513 }, (_, hits) => binomialChance(512, hits, chance)).reduce((a, b) => a + b)
      expect(sum).toBeCloseTo(1, 10)
    }
    const drawn = [0, 1, 2, 3].map((hits) => hypergeometricChance(20, 5, 3, hits))
    expect(drawn.reduce((a, b) => a + b)).toBeCloseTo(1, 12)
    expect(drawn[3]).toBeCloseTo(10 / 1140, 12)
  })
})

describe('the field', () => {
  test('is GF(2^8) modulo 0x11D, as documented', () => {
    expect(field[2]![0x80]).toBe(0x1d)
    const element = fc.integer({ min: 1, max: 255 })
    fc.assert(
      fc.property(element, element, element, (a, b, c) => {
        expect(field[a]![b]).toBe(field[b]![a])
        expect(field[a]![b ^ c]).toBe(field[a]![b]! ^ field[a]![c]!)
        expect(field[a]).toContain(1)
      }),
    )
  })
})

describe('lost shards', () => {
  const schemes = ['mirror:3', 'rs:4+2', 'xor:4+1', 'grid:2+1,3+1', 'grid:2+2,2+1', 'lines:3+1,2+1', 'local:6+2+2']

  test.each(schemes)('can be decoded exactly when the codec finds a plan: %s', (scheme) => {
    const code = codeOf(parseScheme(scheme))
    const lost = new LostShards(code, field)
    const numbers = Array.from({ length: code.totalShards }, (_, shard) => shard)
    fc.assert(
      fc.property(fc.shuffledSubarray(numbers), (order) => {
        lost.keep(0)
        const decodable = order.every((shard) => lost.add(shard))
        expect(decodable).toBe(hasPlan(scheme, order))
      }),
      { numRuns: 60 },
    )
  })

  test('that come back are forgotten', () => {
    const lost = new LostShards(codeOf(parseScheme('xor:3+1')), field)
    expect([lost.add(0), lost.add(1), lost.count]).toEqual([true, false, 1])
    lost.keep(0)
    expect([lost.add(1), lost.count]).toEqual([true, 1])
  })
})

describe('fatal sets', () => {
  test.each(['local:4+2+1', 'grid:2+1,2+1', 'lines:2+1,3+1'])('are counted as one by one: %s', (scheme) => {
    const code = codeOf(parseScheme(scheme))
    const counts = new Array<number>(code.totalShards + 1).fill(0)
    for (let set = 0; set < 2 ** code.totalShards; set++) {
      const shards = Array.from({ length: code.totalShards }, (_, shard) => shard).filter((shard) => (set >> shard) & 1)
      if (hasPlan(scheme, shards)) counts[shards.length]! += 1
    }
    const decodable = countDecodable(new LostShards(code, field), code.totalShards)
    expect(decodable).toEqual(counts.slice(0, decodable.length))
    expect(counts.slice(decodable.length).every((count) => count === 0)).toBe(true)
  })

  test('of a square are what contains a cycle: what is decodable are the forests between rows and columns', () => {
    const decodable = countDecodable(new LostShards(codeOf(parseScheme('grid:3+1,3+1')), field), 16)
    expect(decodable).toHaveLength(8)
    expect(decodable[7]).toBe(4 ** 3 * 4 ** 3)
    expect(decodable[4]).toBe(waysToChoose(16, 4) - 36)
  })

  test.each([
    ...['grid:2+1,2+1', 'grid:2+2,2+1', 'grid:1+1,1+1,2+1', 'grid:3+0,3+1'],
    ...['lines:2+1,3+1', 'lines:2+2,2+1', 'lines:3+0,3+1', 'lines:2+1,2+1,2+1'],
  ])('of the smallest size are as many as the formula says: %s', (text) => {
    const scheme = parseScheme(text)
    const { tolerance, totalShards } = codeOf(scheme)
    const decodable = countDecodable(new LostShards(codeOf(scheme), field), totalShards)
    expect(countSmallestFatal(scheme)).toBe(waysToChoose(totalShards, tolerance + 1) - (decodable[tolerance + 1] ?? 0))
  })
})

describe('loss profile', () => {
  test('of Reed–Solomon is a step', () => {
    expect(profileOf('rs:4+2')).toEqual({ totalShards: 6, chances: [0, 0, 0, 1] })
  })

  test.each(['grid:3+1,3+1', 'local:12+2+2'])('rises from the tolerance to the number of parities: %s', (scheme) => {
    const { tolerance } = codeOf(parseScheme(scheme))
    const { chances, walks } = profileOf(scheme)
    expect(walks).toBeUndefined()
    expect(chances.findIndex((chance) => chance > 0)).toBe(tolerance + 1)
    expect(chances).toEqual([...chances].sort((a, b) => a - b))
    expect(chances.at(-1)).toBe(1)
  })

  test.each(['grid:3+1,3+1', 'lines:3+1,3+1', 'local:8+2+2'])(
    'when simulated agrees with the exact one: %s',
    (scheme) => {
      const exact = profileOf(scheme).chances
      const { chances, walks } = simulationOf(scheme)
      expect(walks?.ends).toHaveLength(4_000)
      for (const [lost, expected] of exact.entries()) {
        const isCounted = lost < walks!.sampledFrom
        const error = isCounted ? 0.05 * expected : 5 * Math.sqrt((expected * (1 - expected)) / 4_000)
        expect(Math.abs(chances[lost]! - expected), `${lost} lost`).toBeLessThanOrEqual(error + 1e-12)
      }
    },
  )

  test('is the same for the same seed, and another for another', () => {
    expect(simulationOf('grid:5+1,5+1', 1)).toEqual(simulationOf('grid:5+1,5+1', 1))
    expect(simulationOf('grid:5+1,5+1', 1).walks).not.toEqual(simulationOf('grid:5+1,5+1', 2).walks)
  })
})

describe('chance of loss', () => {
  test.each(['mirror:2', 'rs:4+2', 'grid:2+1,2+1', 'local:4+2+1'])(
    'is that of all sets, each by its chance: %s',
    (scheme) => {
      const { totalShards } = codeOf(parseScheme(scheme))
      const rate = 0.3
      let expected = 0
      for (let set = 0; set < 2 ** totalShards; set++) {
        const lost = Array.from({ length: totalShards }, (_, shard) => shard).filter((shard) => (set >> shard) & 1)
        if (!hasPlan(scheme, lost)) expected += rate ** lost.length * (1 - rate) ** (totalShards - lost.length)
      }
      expect(lossChance(profileOf(scheme), rate)).toEqual({
        chance: expect.closeTo(expected, 12),
        method: 'exact',
        standardError: 0,
        countedShare: 0,
      })
    },
  )

  test('has a standard error that the exact one lies within', () => {
    const exact = lossChance(profileOf('grid:3+1,3+1'), 0.2)
    const simulated = lossChance(simulationOf('grid:3+1,3+1'), 0.2)
    expect(simulated.method).toBe('simulated')
    expect(simulated.standardError).toBeGreaterThan(0)
    expect(simulated.standardError).toBeLessThan(simulated.chance / 10)
    expect(Math.abs(simulated.chance - exact.chance)).toBeLessThan(5 * simulated.standardError)
  })

  test('that is too rare to be seen is counted', () => {
    const { chance, countedShare } = lossChance(profileOf('grid:7+1,7+1,7+1'), 0.001)
    expect(countedShare).toBeGreaterThan(0.999)
    expect(chance / (28 ** 3 * 1e-24)).toBeCloseTo(1, 6)
  })
})

describe('mean time to absorption', () => {
  test('is that of ordinary elimination', () => {
    const rate = fc.double({ min: 0.1, max: 10, noNaN: true })
    fc.assert(
      fc.property(fc.array(fc.array(rate, { minLength: 5, maxLength: 5 }), { minLength: 4, maxLength: 4 }), (rows) => {
        const rates = rows.map((row) => Float64Array.from(row.slice(0, 4)))
        const absorption = Float64Array.from(rows, (row) => row[4]!)
        for (const start of [0, 2]) {
          const expected = solveTimes(rates, absorption)[start]!
          expect(meanTimeToAbsorption({ rates, absorption }, start)).toBeCloseTo(expected, 9)
        }
      }),
    )
  })

  test('keeps its digits where absorption is rarer than any number that could be subtracted', () => {
    const steps = 12
    const [up, down] = [1e-6, 1]
    const rates = Array.from({ length: steps }, (_, from) =>
      Float64Array.from({ length: steps }, (_, to) => (to === from + 1 ? up : to === from - 1 ? down : 0)),
    )
    const absorption = Float64Array.from({ length: steps }, (_, state) => (state === steps - 1 ? up : 0))
    let expected = 0
    for (let from = 0; from < steps; from++) {
      for (let over = 0; over <= from; over++) expected += (1 / up) * (down / up) ** over
    }
    expect(meanTimeToAbsorption({ rates, absorption }, 0) / expected).toBeCloseTo(1, 10)
  })

  test('is infinite where nothing leads to it', () => {
    const chain = { rates: [Float64Array.of(0, 1), Float64Array.of(1, 0)], absorption: Float64Array.of(0, 0) }
    expect(meanTimeToAbsorption(chain, 0)).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('mean years to loss', () => {
  const [loss, repair] = [0.2, 50]
  const model = { lossesPerYear: loss, repairsPerYear: repair, repairAt: 1 }

  test('of two copies is that of the textbook', () => {
    const fromBoth = (3 * loss + repair) / (2 * loss ** 2)
    const fromOne = fromBoth - 1 / (2 * loss)
    expect(meanYearsToLoss(profileOf('mirror:2'), model)).toBeCloseTo(fromOne, 6)
  })

  test('without parity is that of the first loss', () => {
    expect(meanYearsToLoss(profileOf('rs:5+0'), model)).toBeCloseTo(1 / (5 * loss), 12)
  })

  test('without repair adds up the times from loss to loss', () => {
    const idle = { ...model, repairsPerYear: 0 }
    expect(meanYearsToLoss(profileOf('rs:4+2'), idle)).toBeCloseTo(1 / (5 * loss) + 1 / (4 * loss), 12)
  })

  test.each(['rs:4+2', 'grid:2+1,2+1', 'local:4+2+1'])('is what single stripes live through: %s', (scheme) => {
    const quick = { lossesPerYear: 1, repairsPerYear: 4, repairAt: 2, domains: { count: 4, failuresPerYear: 0.3 } }
    const times = Array.from({ length: 1_500 }, (_, life) => liveThrough(scheme, quick, new SeededRandom(life)))
    const mean = times.reduce((sum, time) => sum + time, 0) / times.length
    const deviation = Math.sqrt(times.reduce((sum, time) => sum + (time - mean) ** 2, 0) / times.length)
    const error = deviation / Math.sqrt(times.length)
    expect(Math.abs(meanYearsToLoss(profileOf(scheme), quick) - mean)).toBeLessThan(4.5 * error)
  })

  test('grows with repair, and shrinks with losses, domain failures and waiting', () => {
    const profile = profileOf('rs:10+4')
    const base = meanYearsToLoss(profile, model)
    expect(meanYearsToLoss(profile, { ...model, repairsPerYear: 100 })).toBeGreaterThan(base)
    expect(meanYearsToLoss(profile, { ...model, lossesPerYear: 0.3 })).toBeLessThan(base)
    expect(meanYearsToLoss(profile, { ...model, repairAt: 3 })).toBeLessThan(base)
    expect(meanYearsToLoss(profile, { ...model, domains: { count: 7, failuresPerYear: 0.01 } })).toBeLessThan(base)
  })

  test('with fewer domains than shards a failure too many ends it', () => {
    const domains = { count: 2, failuresPerYear: 0.5 }
    const years = meanYearsToLoss(profileOf('rs:4+2'), { ...model, lossesPerYear: 1e-12, domains })
    expect(years).toBeCloseTo(1, 6)
  })
})

/** The oracle: whether the codec's planner finds a way. */
function hasPlan(scheme: string, lost: readonly number[]): boolean {
  try {
    plan(codeOf(parseScheme(scheme)), lost)
    return true
  } catch (failure) {
    expect(failure).toMatchObject({ code: 'TOO_FEW_SHARDS' })
    return false
  }
}

/** Solves (leaving rate) · time = 1 + Σ rate · time by elimination. */
function solveTimes(rates: readonly Float64Array[], absorption: Float64Array): number[] {
  const size = rates.length
  const rows = rates.map((row, state) => {
    const leaving = absorption[state]! + row.reduce((sum, rate, next) => sum + (next === state ? 0 : rate), 0)
    return [...Array.from(row, (rate, next) => (next === state ? leaving : -rate)), 1]
  })
  for (let pivot = 0; pivot < size; pivot++) {
    for (let row = 0; row < size; row++) {
      if (row === pivot) continue
      const factor = rows[row]![pivot]! / rows[pivot]![pivot]!
      for (let column = 0; column <= size; column++) rows[row]![column]! -= factor * rows[pivot]![column]!
    }
  }
  return rows.map((row, state) => row[size]! / row[state]!)
}

interface Model {
  readonly lossesPerYear: number
  readonly repairsPerYear: number
  readonly repairAt: number
  readonly domains: { readonly count: number; readonly failuresPerYear: number }
}

/** One stripe's life, event by event, shard by shard, with the codec saying when it ends. Starts when repair does. */
function liveThrough(scheme: string, model: Model, random: SeededRandom): number {
  const { totalShards } = codeOf(parseScheme(scheme))
  const { domains, lossesPerYear, repairAt, repairsPerYear } = model
  const anyOf = <T>(items: readonly T[]): T => items[random.below(items.length)]!
  const share = () => (random.below(2 ** 30) + 0.5) / 2 ** 30
  const lost = new Set<number>()
  const loseAny = () => lost.add(anyOf(present()))
  const present = () => Array.from({ length: totalShards }, (_, shard) => shard).filter((shard) => !lost.has(shard))
  while (lost.size < repairAt) loseAny()
  let isRepairing = true
  for (let years = 0; ; ) {
    const failing = present().length * lossesPerYear
    const repairing = isRepairing ? lost.size * repairsPerYear : 0
    const total = failing + repairing + domains.count * domains.failuresPerYear
    years -= Math.log(share()) / total
    const event = share() * total
    if (event < failing) loseAny()
    else if (event < failing + repairing) lost.delete(anyOf([...lost]))
    else for (const shard of shardsOfSomeDomain(totalShards, domains.count, random)) lost.add(shard)
    if (lost.size >= repairAt) isRepairing = true
    if (lost.size === 0) isRepairing = false
    if (
      !hasPlanCached(
        scheme,
        [...lost].sort((a, b) => a - b),
      )
    )
      return years
  }
}

/** The shards of one domain, when all are dealt out in random order. */
function shardsOfSomeDomain(totalShards: number, domains: number, random: SeededRandom): number[] {
  const order = Array.from({ length: totalShards }, (_, shard) => shard)
  for (let index = order.length - 1; index > 0; index--) {
    const other = random.below(index + 1)
    const kept = order[index]!
    order[index] = order[other]!
    order[other] = kept
  }
  const domain = random.below(domains)
  return order.filter((_, index) => index % domains === domain)
}

const known = new Map<string, boolean>()
function hasPlanCached(scheme: string, lost: readonly number[]): boolean {
  const key = `${formatScheme(parseScheme(scheme))}:${lost.join()}`
  const answer = known.get(key) ?? hasPlan(scheme, lost)
  known.set(key, answer)
  return answer
}
