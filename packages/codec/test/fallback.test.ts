import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createCodec as createFastCodec } from '../src/codec.ts'
import { differences, unencodedStripe } from './fixtures/stripe.ts'

beforeEach(() => {
  vi.resetModules()
})

afterEach(() => {
  vi.restoreAllMocks()
})

it.each(['rs:4+2', 'rs:4+2/vandermonde', 'grid:2+1,2+1'])(
  'without SIMD, %s is computed all the same',
  async (scheme) => {
    const fast = await createFastCodec(scheme)
    const expected = unencodedStripe(fast.dataShards, fast.totalShards, 256)
    fast.encode(expected)
    vi.spyOn(WebAssembly, 'validate').mockReturnValue(false)
    const { createCodec } = await import('../src/codec.ts')
    const codec = await createCodec(scheme)
    expect(codec.engine).toBe('reference')
    const stripe = unencodedStripe(codec.dataShards, codec.totalShards, 256)
    codec.encode(stripe)
    expect(differences(stripe, expected)).toEqual([])
    expect(codec.verify(stripe)).toBe(true)
    expect(codec.reconstruct(stripe.with(0, undefined as never))).toEqual([expected[0]])
    await expect(createCodec(scheme, { engine: 'swizzle' })).rejects.toThrow(
      'the swizzle engine needs WebAssembly SIMD',
    )
  },
)
