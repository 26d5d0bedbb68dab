import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createCodec } from '../src/codec.ts'
import { preparedPrograms } from '../src/generated/prepared-programs.ts'
import { bytes, choices, differences, unencodedStripe } from './fixtures/stripe.ts'

describe('codec', () => {
  it.each(['mirror:3', 'xor:4+1', 'rs:4+2', 'rs:4+2/vandermonde', 'grid:2+1,2+1', 'lines:2+1,2+1', 'local:4+2+1'])(
    '%s rebuilds whatever it tolerates',
    async (scheme) => {
      const codec = await createCodec(scheme)
      const stripe = unencodedStripe(codec.dataShards, codec.totalShards, 256)
      codec.encode(stripe)
      for (const lost of choices(codec.totalShards, codec.tolerance)) {
        const damaged = stripe.map((shard, number) => (lost.includes(number) ? undefined : shard))
        expect(codec.reconstruct(damaged)).toEqual(lost.map((number) => stripe[number]))
      }
    },
  )

  it.each(['rs:20+20', 'rs:200+56', 'rs:40+200', 'rs:128+128', 'grid:6+2,5+2,4+1'])(
    '%s computes what the reference does, wide as it is',
    async (scheme) => {
      const codec = await createCodec(scheme)
      const reference = await createCodec(scheme, { engine: 'reference' })
      const stripe = unencodedStripe(codec.dataShards, codec.totalShards, 256)
      const expected = stripe.map((shard) => shard.slice())
      codec.encode(stripe)
      reference.encode(expected)
      expect(differences(stripe, expected)).toEqual([])
      const lost = [...Array(codec.tolerance).keys()]
      const damaged = stripe.map((shard, number) => (lost.includes(number) ? undefined : shard))
      expect(differences(codec.reconstruct(damaged), expected.slice(0, codec.tolerance))).toEqual([])
    },
  )

  it.each(Object.keys(preparedPrograms))(
    'rs:%s computes what the reference does from its prepared program',
    async (group) => {
      const codec = await createCodec(`rs:${group}`)
      const reference = await createCodec(`rs:${group}`, { engine: 'reference' })
      const stripe = unencodedStripe(codec.dataShards, codec.totalShards, 384)
      const expected = stripe.map((shard) => shard.slice())
      codec.encode(stripe)
      reference.encode(expected)
      expect(differences(stripe, expected)).toEqual([])
    },
  )

  it('leaves data shards as they were', async () => {
    const codec = await createCodec('rs:4+2')
    const stripe = unencodedStripe(4, 6, 128)
    const before = stripe.slice(0, 4).map((shard) => shard.slice())
    codec.encode(stripe)
    expect(stripe.slice(0, 4)).toEqual(before)
  })

  it('rebuilds only what is wanted, in the order wanted', async () => {
    const codec = await createCodec('rs:4+2')
    const stripe = unencodedStripe(4, 6, 128)
    codec.encode(stripe)
    const damaged = [undefined, stripe[1], stripe[2], stripe[3], undefined, stripe[5]]
    expect(codec.reconstruct(damaged, [4])).toEqual([stripe[4]])
    expect(codec.reconstruct(damaged, [4, 0])).toEqual([stripe[4], stripe[0]])
  })

  it('rebuilds in place, needing only the shards of the plan', async () => {
    const codec = await createCodec('local:12+2+2')
    const stripe = unencodedStripe(12, 16, 128)
    codec.encode(stripe)
    const original = stripe[3]!.slice()
    stripe[3]!.fill(0)
    const needed = codec.plan([3]).sources
    expect(needed).toEqual([0, 1, 2, 4, 5, 12])
    codec.rebuild(
      stripe.map((shard, number) => (number === 3 || needed.includes(number) ? shard : undefined)),
      [3],
    )
    expect(stripe[3]).toEqual(original)
  })

  it('does not depend on lists of numbers after a call', async () => {
    const codec = await createCodec('rs:4+2')
    const [erased, wanted] = [[0, 1], [1]]
    const planned = codec.plan(erased, { wanted })
    wanted[0] = 0
    expect(planned.targets).toEqual([1])
    expect(codec.plan(erased, { wanted }).targets).toEqual([0])
    const all = codec.plan(erased)
    erased[1] = 5
    expect(all.targets).toEqual([0, 1])
    expect(codec.plan(erased).targets).toEqual([0, 5])
    expect(codec.plan([0, 1]).targets).toEqual([0, 1])
  })

  it('takes empty shards and pads nothing', async () => {
    const codec = await createCodec('xor:2+1')
    const empty = unencodedStripe(2, 3, 0)
    codec.encode(empty)
    expect(codec.reconstruct([undefined, empty[1], empty[2]])).toEqual([new Uint8Array(0)])
    const odd = unencodedStripe(2, 3, 7)
    codec.encode(odd)
    expect(odd[2]).toEqual(odd[0]!.map((byte, index) => byte ^ odd[1]![index]!))
  })

  it('says when too few shards are left', async () => {
    const codec = await createCodec('rs:4+2')
    const stripe = unencodedStripe(4, 6, 128)
    const damaged = stripe.map((shard, number) => (number < 3 ? undefined : shard))
    expect(() => codec.reconstruct(damaged)).toThrow(expect.objectContaining({ code: 'TOO_FEW_SHARDS' }))
    expect(() => codec.plan([0, 1, 2])).toThrow('3 of 6 are left')
  })

  it('refuses wrong input, naming it', async () => {
    const codec = await createCodec('rs:2+1')
    const shard = bytes(128, 1)
    expect(() => codec.encode([shard, shard])).toThrow(new RangeError('2 shards, expected 3'))
    expect(() => codec.encode([shard, shard.subarray(1), shard])).toThrow('shard 1 has 127 bytes where others have 128')
    expect(() => codec.encode([shard, [] as unknown as Uint8Array, shard])).toThrow(
      new TypeError('shard 1 is not a Uint8Array'),
    )
    const odd = [bytes(100, 1), bytes(100, 2), bytes(100, 3)]
    expect(() => codec.encode(odd)).toThrow('shards of 100 bytes, expected a multiple of 128')
    expect(() => codec.plan([3])).toThrow('shard 3 of a stripe of 3')
    expect(() => codec.plan([1, 1])).toThrow('listed twice')
    expect(() => codec.plan([1], { wanted: [0] })).toThrow('shard 0 is wanted but not among the erased')
    expect(() => codec.plan([1], { costs: [1, 1, Number.NaN] })).toThrow(
      'reading shard 2 costs NaN, expected at least 0',
    )
    const holes = [null, shard, shard] as unknown as Uint8Array[]
    for (const operation of ['reconstruct', 'verify', 'locate'] as const) {
      expect(() => codec[operation](holes)).toThrow(new TypeError('shard 0 is not a Uint8Array'))
    }
    await expect(createCodec('rs:2+1', { engine: 'steam' as 'swizzle' })).rejects.toThrow('there is no engine steam')
    await expect(createCodec('rs:200+57')).rejects.toThrow('257 shards of a group')
  })

  it('refuses combinations that make no sense', async () => {
    const codec = await createCodec('rs:2+1')
    const shards = [bytes(128, 1), bytes(128, 2), bytes(128, 3)]
    const combine = (sources: number[], targets: number[], rows: number, columns: number) => {
      const coefficients = { rows, columns, cells: new Uint8Array(1) }
      return () => codec.combine({ sources, targets, coefficients }, shards)
    }
    expect(combine([1], [0], 1, 1)).not.toThrow()
    expect(combine([1], [0], 3, 1)).toThrow('a 3×1 matrix for 1 targets and 1 sources')
    expect(combine([1], [0, 2], 2, 1)).toThrow('a 2×1 matrix')
    expect(combine([0], [0], 1, 1)).toThrow('shard 0 is a target and something else as well')
    expect(combine([9], [0], 1, 1)).toThrow('shard 9 is not a Uint8Array')
  })

  it('agrees with itself on any group, loss and length', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 0, max: 6 }),
        fc.integer({ min: 0, max: 4 }),
        fc.constantFrom('', '/vandermonde'),
        fc.infiniteStream(fc.nat()),
        async (data, parity, blocks, variant, dice) => {
          const codec = await createCodec(`rs:${data}+${parity}${variant}`)
          const stripe = unencodedStripe(data, data + parity, blocks * codec.shardAlignmentBytes)
          codec.encode(stripe)
          const lost = new Set([...Array(parity)].map(() => dice.next().value % (data + parity)))
          const damaged = stripe.map((shard, number) => (lost.has(number) ? undefined : shard))
          expect(codec.reconstruct(damaged)).toEqual(stripe.filter((_, number) => lost.has(number)))
        },
      ),
      { numRuns: 100 },
    )
  })
})
