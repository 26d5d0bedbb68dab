import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createChanger } from '../src/changer.ts'
import { createCodec } from '../src/codec.ts'
import { bytes, differences, unencodedStripe } from './fixtures/stripe.ts'

const lengthBytes = 128

async function encode(scheme: string, data: readonly Uint8Array[]): Promise<Uint8Array[]> {
  const codec = await createCodec(scheme)
  const stripe = unencodedStripe(codec.dataShards, codec.totalShards, lengthBytes)
  data.forEach((shard, number) => {
    stripe[number] = shard
  })
  codec.encode(stripe)
  return stripe
}

/** Changes a stripe giving the changer no more than it asks for; the new stripe and what it took. */
async function change(from: string, to: string, before: readonly Uint8Array[], seed = 9) {
  const changer = await createChanger(from, to)
  const after: Uint8Array[] = changer.kept.map((old, number) =>
    old !== undefined
      ? before[old]!
      : changer.joins.includes(number)
        ? bytes(lengthBytes, seed + number)
        : new Uint8Array(lengthBytes),
  )
  const touched = new Set([...changer.joins, ...changer.writes])
  changer.apply(
    before.map((shard, number) => (changer.reads.includes(number) ? shard : undefined)),
    after.map((shard, number) => (touched.has(number) ? shard : undefined)),
  )
  return { after, changer }
}

const schemes = [
  'mirror:2',
  'xor:4+1',
  'xor:7+1',
  'rs:4+1',
  'rs:4+2',
  'rs:5+2',
  'rs:9+4',
  'rs:4+2/vandermonde',
  'grid:3+1,2+1',
  'grid:4+1,4+1',
  'grid:4+2,2+1',
  'grid:2+1,2+1,2+1',
  'lines:3+1,3+1',
  'local:6+2+1',
  'local:9+3+2',
]

describe('changes', () => {
  it('of any sequence of schemes equal encoding from scratch', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...schemes), { minLength: 2, maxLength: 5 }), async (sequence) => {
        let stripe = await encode(sequence[0]!, [])
        for (const [index, to] of sequence.slice(1).entries()) {
          const { after } = await change(sequence[index]!, to, stripe, index * 100)
          const { dataShards } = await createCodec(to)
          const expected = await encode(to, after.slice(0, dataShards))
          expect(differences(after, expected)).toEqual([])
          stripe = expected
        }
      }),
      { numRuns: 60 },
    )
  })

  it.each([
    ['rs:10+4', 'rs:11+4', { reads: [10, 11, 12, 13], joins: [10], writes: [11, 12, 13, 14] }],
    ['rs:11+4', 'rs:10+4', { reads: [10, 11, 12, 13, 14], joins: [], writes: [10, 11, 12, 13] }],
    ['rs:4+3', 'rs:4+2', { reads: [], joins: [], writes: [] }],
    ['rs:4+1', 'rs:4+2', { reads: [0, 1, 2, 3], joins: [], writes: [5] }],
    ['xor:4+1', 'rs:4+1', { reads: [], joins: [], writes: [] }],
    ['grid:4+1', 'grid:4+1,1+1', { reads: [], joins: [], writes: [] }],
    ['grid:2+1,2+1', 'grid:2+1', { reads: [], joins: [], writes: [] }],
    ['grid:2+1', 'grid:2+1,2+1', { reads: [0, 1], joins: [1, 3], writes: [4, 5, 7, 8] }],
    ['grid:3+1,3+1', 'lines:3+1,3+1', { reads: [], joins: [], writes: [] }],
    ['local:6+2+2', 'local:9+3+2', { reads: [8, 9], joins: [6, 7, 8], writes: [11, 12, 13] }],
  ])('from %s to %s touch no more than they must', async (from, to, expected) => {
    const { kept: _, reads, joins, writes } = await createChanger(from, to)
    expect({ reads, joins, writes }).toEqual(expected)
  })

  it('take members from where they are told', async () => {
    const before = await encode('rs:3+2', [])
    const changer = await createChanger('rs:3+2', 'rs:2+2', { origins: [2, 0] })
    const after = [before[2]!, before[0]!, new Uint8Array(lengthBytes), new Uint8Array(lengthBytes)]
    changer.apply(before, after)
    expect(differences(after, await encode('rs:2+2', after.slice(0, 2)))).toEqual([])
  })

  it('refuse impossible origins and missing shards', async () => {
    await expect(createChanger('rs:3+2', 'rs:2+2', { origins: [0] })).rejects.toThrow('1 origins for 2 data shards')
    await expect(createChanger('rs:3+2', 'rs:2+2', { origins: [0, 0] })).rejects.toThrow('two new ones')
    await expect(createChanger('rs:3+2', 'rs:2+2', { origins: [0, 3] })).rejects.toThrow('origin 3 is not one of 3')
    const changer = await createChanger('rs:3+2', 'rs:4+2')
    expect(() => changer.apply([], [])).toThrow(TypeError)
  })
})
