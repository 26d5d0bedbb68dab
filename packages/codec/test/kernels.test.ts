import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { kernelModulesText } from '../assembly/build.ts'
import type { Combination } from '../src/combination.ts'
import type { Engine } from '../src/engine.ts'
import type { KernelFamily } from '../src/kernel.ts'
import { kernelModules } from '../src/kernel-module.ts'
import type { Layout } from '../src/linear-code.ts'
import { referenceEngine } from '../src/reference-engine.ts'
import { createShardMemory } from '../src/shard-memory.ts'
import { swizzleKernels } from '../src/swizzle-kernel.ts'
import { WasmEngine } from '../src/wasm-engine.ts'
import { xorKernels } from '../src/xor-kernel.ts'
import { planeSums, shareSums, xorCount } from '../src/xor-program.ts'
import { bytes, differences } from './fixtures/stripe.ts'

const maximumShards = 12
const bits = { layout: 'bits', isBinary: false, numbers: maximumShards, targets: 5, intermediates: 0 } as const
const binary = { ...bits, layout: 'byte', isBinary: true } as const

/** Sources and targets scattered over the stripe, and coefficients up to a largest one. */
function combinations(largest: number): fc.Arbitrary<Combination> {
  return fc
    .tuple(
      fc.shuffledSubarray([...Array(maximumShards).keys()], { minLength: 2 }),
      fc.integer({ min: 1, max: 5 }),
      fc.uint8Array({ minLength: 40, maxLength: 40, max: largest }),
      fc.boolean(),
    )
    .map(([shards, count, dice, accumulate]) => {
      const targets = shards.slice(0, Math.min(count, shards.length - 1))
      const sources = shards.slice(targets.length)
      const cells = Uint8Array.from({ length: targets.length * sources.length }, (_, cell) => dice[cell % 40]!)
      const coefficients = { rows: targets.length, columns: sources.length, cells }
      return { sources, targets, coefficients, ...(accumulate && { accumulate }) }
    })
}

async function engineOf(family: KernelFamily): Promise<Engine> {
  return new WasmEngine('swizzle', family, (await kernelModules())!, maximumShards)
}

function scattered(lengthBytes: number, offsetBytes: number): Uint8Array[] {
  return Array.from({ length: maximumShards }, (_, shard) =>
    bytes(lengthBytes + offsetBytes, shard + 1).subarray(offsetBytes),
  )
}

/** The same shards in memory that the engine works on in place. */
function adopted(engine: Engine, shards: readonly Uint8Array[]): Uint8Array[] {
  const lengthBytes = shards[0]!.length
  const memory = createShardMemory({
    shardBytes: lengthBytes,
    shardsPerStripe: maximumShards,
    scratchBytes: engine.scratchBytes,
  })
  engine.adopt(memory)
  return shards.map((shard, number) => {
    const place = memory.shardsAtBytes + number * memory.strideBytes
    const view = new Uint8Array(memory.memory.buffer, place, lengthBytes)
    view.set(shard)
    return view
  })
}

const byteLengths = fc.oneof(fc.constantFrom(0, 1, 15, 16, 127, 128, 129, 4096, 20_000), fc.nat(600))
const blockLengths = fc.nat(40).map((blocks) => blocks * 128)

describe.each<{ name: string; layout: Layout; family: KernelFamily; largest: number; lengths: fc.Arbitrary<number> }>([
  { name: 'swizzle', layout: 'byte', family: swizzleKernels(12, 5), largest: 255, lengths: byteLengths },
  { name: 'cold xor of bits', layout: 'bits', family: xorKernels(bits), largest: 255, lengths: blockLengths },
  { name: 'cold xor of bytes', layout: 'byte', family: xorKernels(binary), largest: 1, lengths: byteLengths },
  {
    name: 'compiled xor of bits',
    layout: 'bits',
    family: xorKernels(bits, 0),
    largest: 255,
    lengths: blockLengths,
  },
  { name: 'compiled xor of bytes', layout: 'byte', family: xorKernels(binary, 0), largest: 1, lengths: byteLengths },
])('$name kernels', ({ layout, family, largest, lengths }) => {
  it('equal the reference at any length and offset, in place or not', async () => {
    const reference = referenceEngine(layout)
    await fc.assert(
      fc.asyncProperty(combinations(largest), lengths, fc.nat(20), async (combination, lengthBytes, offsetBytes) => {
        const engine = await engineOf(family)
        const expected = scattered(lengthBytes, offsetBytes)
        const copied = scattered(lengthBytes, offsetBytes)
        const inPlace = adopted(engine, copied)
        reference.run(combination, expected)
        engine.run(combination, inPlace)
        engine.run(combination, copied)
        expect(differences(copied, expected)).toEqual([])
        expect(differences(inPlace, expected)).toEqual([])
      }),
      { numRuns: 60 },
    )
  })

  it('tell whether targets hold what they should, and write nothing', async () => {
    const reference = referenceEngine(layout)
    const sums = combinations(largest).filter(({ accumulate }) => !accumulate)
    await fc.assert(
      fc.asyncProperty(sums, lengths, fc.nat(20), fc.nat(), async (combination, lengthBytes, offsetBytes, dice) => {
        const engine = await engineOf(family)
        const shards = scattered(lengthBytes, offsetBytes)
        reference.run(combination, shards)
        const involved = shards[[...combination.sources, ...combination.targets][dice % maximumShards]!]
        if (lengthBytes > 0 && involved && dice % 3 > 0) involved[dice % lengthBytes]! ^= 1 + (dice % 255)
        const before = shards.map((shard) => shard.slice())
        const inPlace = adopted(engine, shards)
        const expected = reference.holds(combination, shards)
        expect(engine.holds(combination, inPlace)).toBe(expected)
        expect(engine.holds(combination, shards)).toBe(expected)
        expect(differences(shards, before)).toEqual([])
        expect(differences(inPlace, before)).toEqual([])
      }),
      { numRuns: 60 },
    )
  })

  it('go on with the same bytes when a program takes over', async () => {
    const engine = await engineOf(family)
    const shards = adopted(engine, scattered(16_384, 0))
    const [combination] = fc.sample(combinations(largest), { numRuns: 1, seed: 3 })
    const expected = scattered(16_384, 0)
    referenceEngine(layout).run(combination!, expected)
    // An odd number, as the combination may add to its targets.
    for (let round = 0; round < 41; round++) engine.run(combination!, shards)
    expect(differences(shards, expected)).toEqual([])
  })

  it('keep apart the tables of combinations that take turns', async () => {
    const engine = await engineOf(family)
    const shards = scattered(256, 0)
    const [first, second] = fc.sample(combinations(largest), { numRuns: 2, seed: 7 })
    for (const combination of [first!, second!, first!]) {
      const expected = shards.map((shard) => shard.slice())
      referenceEngine(layout).run(combination, expected)
      engine.run(combination, shards)
      expect(shards).toEqual(expected)
    }
  })
})

describe('xor programs', () => {
  it('compute the same sums with fewer XORs', () => {
    fc.assert(
      fc.property(combinations(255), (combination) => {
        const plain = planeSums(combination)
        const shared = shareSums(plain)
        const expand = (term: number): number[] => {
          const pair = shared.pairs[term - shared.inputs]
          return pair ? pair.flatMap(expand) : [term]
        }
        shared.outputs.forEach((terms, output) => {
          expect(terms.flatMap(expand).sort((a, b) => a - b)).toEqual(plain.outputs[output])
        })
        expect(xorCount(shared)).toBeLessThanOrEqual(xorCount(plain))
      }),
    )
  })
})

describe('compiled kernels', () => {
  it('are what the committed source compiles to', async () => {
    const committed = readFileSync(new URL('../src/generated/kernel-modules.ts', import.meta.url), 'utf8')
    const isUpToDate = (await kernelModulesText()) === committed
    expect(isUpToDate).toBe(true)
  })
})
