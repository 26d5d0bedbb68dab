import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createArena } from '../src/arena.ts'
import { createCodec } from '../src/codec.ts'
import { shareOf } from '../src/combination.ts'
import { cellsOf } from '../src/grid.ts'
import { bytes, choices, differences, unencodedStripe } from './fixtures/stripe.ts'

async function encoded(scheme: string, lengthBytes = 256) {
  const codec = await createCodec(scheme)
  const stripe = unencodedStripe(codec.dataShards, codec.totalShards, lengthBytes)
  codec.encode(stripe)
  return { codec, stripe }
}

const schemes = ['rs:4+4', 'rs:4+4/vandermonde', 'grid:3+1,3+1', 'grid:2+2,3+1', 'local:6+2+2', 'mirror:5', 'rs:2+1']

describe.each(schemes)('wrong shards of %s', (scheme) => {
  it('are located and corrected as far as the code guarantees', async () => {
    const { codec, stripe } = await encoded(scheme)
    const shape = fc.record({
      erasures: fc.nat(codec.tolerance),
      dice: fc.shuffledSubarray([...stripe.keys()], { minLength: stripe.length }),
      seed: fc.nat(),
      length: fc.constantFrom(1, 5, 256),
    })
    fc.assert(
      fc.property(shape, ({ erasures, dice, seed, length }) => {
        const errors = Math.floor((codec.tolerance - erasures) / 2)
        const wrong = dice.slice(0, errors).sort((a, b) => a - b)
        const erased = dice.slice(errors, errors + erasures)
        const damaged = stripe.map((shard, number) => (erased.includes(number) ? undefined : shard.slice()))
        for (const shard of wrong) {
          for (let index = 0; index < length; index++)
            damaged[shard]![index]! ^= 1 + (bytes(256, seed + shard)[index]! % 255)
        }
        expect(codec.verify(damaged)).toBe(errors === 0)
        if (errors === 0) return
        expect(codec.locate(damaged)).toEqual({ verdict: 'located', wrong })
        codec.rebuild(damaged, [...erased, ...wrong], { wanted: wrong })
        expect(damaged.every((shard, number) => !shard || Buffer.compare(shard, stripe[number]!) === 0)).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  it('are found when all are wrong in the same way', async () => {
    const { codec, stripe } = await encoded(scheme)
    const errors = Math.floor(codec.tolerance / 2)
    for (const wrong of choices(Math.min(6, stripe.length), errors)) {
      const damaged = stripe.map((shard) => shard.slice())
      for (const shard of wrong) damaged[shard]![17]! ^= 0x40
      expect(codec.locate(damaged)).toEqual({ verdict: errors > 0 ? 'located' : 'clean', wrong })
    }
  })
})

describe('locate', () => {
  it('says likely beyond the guarantee, and undecided when there is no telling', async () => {
    const { codec, stripe } = await encoded('rs:4+4')
    const damaged = stripe.map((shard) => shard.slice())
    for (const shard of [1, 2, 6]) damaged[shard]!.set(bytes(256, shard + 50))
    expect(codec.locate(damaged)).toEqual({ verdict: 'likely', wrong: [1, 2, 6] })
    damaged[0]!.set(bytes(256, 99))
    expect(codec.locate(damaged)).toEqual({ verdict: 'undecided', wrong: [] })
    const { codec: single, stripe: pair } = await encoded('xor:2+1')
    pair[1]!.fill(0)
    expect(single.locate(pair)).toEqual({ verdict: 'undecided', wrong: [] })
  })

  it('cannot decide without redundancy, and does not call it clean', async () => {
    const { codec, stripe } = await encoded('rs:2+1')
    expect(codec.locate(stripe)).toEqual({ verdict: 'clean', wrong: [] })
    expect(codec.locate([undefined, stripe[1], stripe[2]])).toEqual({ verdict: 'undecided', wrong: [] })
  })

  it('finds as many in a grid as its lines can tell, far beyond what the whole guarantees', async () => {
    const { codec, stripe } = await encoded('grid:4+2,4+2')
    const cells = cellsOf(Array(2).fill({ data: 4, parity: 2 }), 'grid')
    const wrong = [...cells.keys()].filter((shard) => cells[shard]![1] === (2 * cells[shard]![0]!) % 6)
    expect(wrong.length).toBeGreaterThan(Math.floor(codec.tolerance / 2))
    for (const shard of wrong) stripe[shard]!.set(bytes(256, shard + 50))
    expect(codec.locate(stripe)).toEqual({ verdict: 'likely', wrong })
  })

  it('finds damage anywhere in long shards', async () => {
    const { codec, stripe } = await encoded('rs:3+2', 40_064 - (40_064 % 128))
    stripe[2]![39_000]! ^= 1
    expect(codec.verify(stripe)).toBe(false)
    expect(codec.locate(stripe)).toEqual({ verdict: 'located', wrong: [2] })
  })
})

describe('verify', () => {
  it.each([
    ['rs:20+21', []],
    ['rs:20+21', [3, 30]],
    ['rs:20+21/vandermonde', [3, 30]],
    ['grid:6+2,5+2', [0]],
  ])('of %s without %j goes on telling when programs of many steps take over', async (scheme, missing: number[]) => {
    const codec = await createCodec(scheme)
    const lengthBytes = 16_384
    const { shards } = createArena(codec, { shardBytes: lengthBytes, stripes: 1 }).take()!
    for (const [number, shard] of shards.entries()) shard.set(bytes(lengthBytes, number))
    codec.encode(shards)
    const left = shards.map((shard, number) => (missing.includes(number) ? undefined : shard))
    for (let run = 0; run < 100; run++) {
      expect(codec.verify(left)).toBe(true)
      const [shard, position] = [left[(7 * run) % left.length], (163 * run) % lengthBytes]
      if (!shard) continue
      shard[position]! ^= 1
      expect(codec.verify(left)).toBe(false)
      shard[position]! ^= 1
    }
  })
})

describe('update', () => {
  it.each(schemes)('of one data shard of %s equals encoding again', async (scheme) => {
    const { codec, stripe } = await encoded(scheme)
    const changed = codec.dataShards - 1
    const touched = codec.paritiesOf(changed)
    const fresh = bytes(256, 77)
    const difference = fresh.map((byte, index) => byte ^ stripe[changed]![index]!)
    codec.update(
      stripe.map((shard, number) => (number === changed ? difference : touched.includes(number) ? shard : undefined)),
      changed,
    )
    const expected = stripe.map((shard, number) => (number === changed ? fresh : shard.slice()))
    codec.encode(expected)
    stripe[changed] = fresh
    expect(differences(stripe, expected)).toEqual([])
  })

  it('refuses what is not a data shard', async () => {
    const { codec, stripe } = await encoded('rs:2+1')
    expect(() => codec.update(stripe, 2)).toThrow('shard 2 is not one of 2 data shards')
  })
})

describe('shares of a plan', () => {
  it.each(schemes)('of %s add up to the rebuilt shards along a chain of helpers', async (scheme) => {
    const { codec, stripe } = await encoded(scheme)
    const repair = codec.plan(codec.tolerance > 1 ? [0, codec.totalShards - 1] : [0])
    const sums = repair.targets.map(() => new Uint8Array(256))
    for (const helper of [repair.sources.slice(0, 2), repair.sources.slice(2, 3), repair.sources.slice(3)]) {
      const held: (Uint8Array | undefined)[] = stripe.map((shard, number) =>
        helper.includes(number) ? shard : undefined,
      )
      repair.targets.forEach((target, index) => {
        held[target] = sums[index]
      })
      codec.combine(shareOf(repair, helper), held)
    }
    expect(sums).toEqual(repair.targets.map((target) => stripe[target]))
  })
})
