import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { ReedSolomonErasure } from '@subspace/reed-solomon-erasure.wasm'
import { describe, expect, it } from 'vitest'
import { createCodec } from '../src/codec.ts'
import { vandermondeParity } from '../src/reed-solomon.ts'
import { unencodedStripe } from './fixtures/stripe.ts'

const wasm = createRequire(import.meta.url).resolve(
  '@subspace/reed-solomon-erasure.wasm/dist/reed_solomon_erasure_bg.wasm',
)
const subspace = ReedSolomonErasure.fromBytes(readFileSync(wasm))

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
