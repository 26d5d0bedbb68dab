import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { ReedSolomonErasure } from '@subspace/reed-solomon-erasure.wasm'
import { describe, expect, it } from 'vitest'
import { chooseEngine } from '../src/choose-engine.ts'
import { createCodec } from '../src/codec.ts'
import { invert } from '../src/galois.ts'
import type { Layout } from '../src/linear-code.ts'
import { type Matrix, matrix } from '../src/matrix.ts'
import { vandermondeParity } from '../src/reed-solomon.ts'
import { unencodedStripe } from './fixtures/stripe.ts'

const wasm = createRequire(import.meta.url).resolve(
  '@subspace/reed-solomon-erasure.wasm/dist/reed_solomon_erasure_bg.wasm',
)
const subspace = ReedSolomonErasure.fromBytes(readFileSync(wasm))

describe('rs', () => {
  it('keeps making the bytes it always made', async () => {
    const codec = await createCodec('rs:4+2')
    const stripe = unencodedStripe(4, 6, 128)
    codec.encode(stripe)
    const digests = stripe.slice(4).map((shard) => createHash('sha256').update(shard).digest('hex').slice(0, 16))
    expect(digests).toEqual(['62da9167f29775f4', '1831e3bb5d414084'])
  })
})

describe('rs:…/vandermonde', () => {
  it('has the matrix of Backblaze and klauspost', () => {
    expect([...vandermondeParity(4, 2).cells]).toEqual([27, 28, 18, 20, 28, 27, 20, 18])
  })

  it.each([
    [1, 1],
    [4, 2],
    [10, 4],
    [17, 3],
    [29, 51],
  ])('makes the bytes of reed-solomon-erasure for %i+%i', async (data, parity) => {
    const codec = await createCodec(`rs:${data}+${parity}/vandermonde`)
    const lengthBytes = 301
    const stripe = unencodedStripe(data, data + parity, lengthBytes)
    const contiguous = new Uint8Array(lengthBytes * (data + parity))
    stripe.slice(0, data).forEach((shard, number) => {
      contiguous.set(shard, number * lengthBytes)
    })
    expect(subspace.encode(contiguous, data, parity)).toBe(ReedSolomonErasure.RESULT_OK)
    codec.encode(stripe)
    stripe.forEach((shard, number) => {
      expect(shard).toEqual(contiguous.slice(number * lengthBytes, (number + 1) * lengthBytes))
    })
  })
})

/** Runs the parity of any published matrix through an engine, as the codec would its own. */
async function parityBy(parity: Matrix, layout: Layout, data: readonly Uint8Array[]): Promise<Uint8Array[]> {
  const numbers = parity.columns + parity.rows
  const isBinary = parity.cells.every((cell) => cell <= 1)
  const engine = await chooseEngine({ layout, isBinary, targets: parity.rows, numbers, intermediates: 0 })
  const targets = Array.from({ length: parity.rows }, (_, row) => parity.columns + row)
  const shards = [...data, ...targets.map(() => new Uint8Array(data[0]!.length))]
  engine.run({ sources: [...data.keys()], targets, coefficients: parity }, shards)
  return shards.slice(parity.columns)
}

describe('ISA-L gf_gen_cauchy1_matrix', () => {
  it('parity follows from its formula 1 / (row + column), rows counted from k', async () => {
    const parity = matrix(3, 4, (row, column) => invert((row + 4) ^ column))
    const units = Array.from({ length: 4 }, (_, shard) =>
      Uint8Array.from({ length: 4 }, (_, at) => Number(at === shard)),
    )
    const encoded = await parityBy(parity, 'byte', units)
    expect(encoded.map((shard) => Buffer.from(shard).toString('hex'))).toEqual(['47a77aba', 'a747ba7a', '7aba47a7'])
  })
})

describe('Jerasure bit matrix, w = 8, packet size 16', () => {
  it('of 1 / x moves every plane down by one and feeds plane 0 into those of 0x8E', async () => {
    const factor = 0x8e
    const block = Uint8Array.from({ length: 128 }, (_, index) => 1 << (index >> 4))
    const [encoded] = await parityBy(
      matrix(1, 1, () => factor),
      'bits',
      [block],
    )
    const planes = [2, 5, 9, 17, 32, 64, 128, 1]
    expect([...encoded!]).toEqual(planes.flatMap((sum) => Array(16).fill(sum)))
  })
})
