import { describe, expect, it } from 'vitest'
import { createArena } from '../src/arena.ts'
import { createChanger } from '../src/changer.ts'
import { createCodec } from '../src/codec.ts'
import { bytes, unencodedStripe } from './fixtures/stripe.ts'

describe('arena', () => {
  it('hands out as many stripes as it has, and again what is given back', async () => {
    const arena = createArena(await createCodec('rs:4+2'), { shardBytes: 1024, stripes: 2 })
    const first = arena.take()!
    const second = arena.take()!
    expect(arena.free).toBe(0)
    expect(arena.take()).toBeUndefined()
    first.release()
    expect(arena.free).toBe(1)
    expect(arena.take()!.shards).toHaveLength(6)
    expect(second.shards[5]).toHaveLength(1024)
  })

  it('shards of all stripes are disjoint', async () => {
    const arena = createArena(await createCodec('xor:2+1'), { shardBytes: 5000, stripes: 3 })
    const shards = [arena.take()!, arena.take()!, arena.take()!].flatMap((stripe) => stripe.shards)
    shards.forEach((shard, index) => {
      shard.fill(index + 1)
    })
    shards.forEach((shard, index) => {
      expect(shard.every((byte) => byte === index + 1)).toBe(true)
    })
  })

  it('does everything in place as anywhere', async () => {
    for (const scheme of ['rs:4+2', 'rs:4+2/vandermonde', 'xor:3+1', 'grid:3+2,2+1', 'local:6+2+1']) {
      const codec = await createCodec(scheme)
      const expected = unencodedStripe(codec.dataShards, codec.totalShards, 640)
      codec.encode(expected)
      const stripe = createArena(codec, { shardBytes: 1000, stripes: 2 }).take(640)!
      expected.slice(0, codec.dataShards).forEach((shard, number) => {
        stripe.shards[number]!.set(shard)
      })
      codec.encode(stripe.shards)
      expect(stripe.shards.map((shard) => shard.slice())).toEqual(expected)
      stripe.shards[0]!.fill(0)
      codec.rebuild(stripe.shards, [0])
      expect(stripe.shards[0]!.slice()).toEqual(expected[0])
      expect(codec.verify(stripe.shards)).toBe(true)
      for (const shard of [0, codec.totalShards - 1]) {
        stripe.shards[shard]![600]! ^= 1
        expect(codec.verify(stripe.shards)).toBe(false)
        stripe.shards[shard]![600]! ^= 1
      }
      const change = bytes(640, 5)
      stripe.shards[1]!.set(change)
      codec.update(stripe.shards, 1)
      stripe.shards[1]!.set(change.map((byte, index) => byte ^ expected[1]![index]!))
      expect(codec.verify(stripe.shards)).toBe(true)
      expect(codec.verify(stripe.shards.map((shard, number) => (number === 1 ? undefined : shard)))).toBe(true)
    }
  })

  it('of a changer holds old and new shards, which are changed in place', async () => {
    for (const [from, to] of [
      ['rs:4+2', 'rs:5+2'],
      ['rs:5+2', 'rs:4+2'],
      ['grid:2+1,2+1', 'grid:3+1,2+1'],
    ] as const) {
      const [oldCodec, newCodec, changer] = [
        await createCodec(from),
        await createCodec(to),
        await createChanger(from, to),
      ]
      const stripe = createArena(changer, { shardBytes: 1024, stripes: 2 }).take()!
      const before = stripe.shards.slice(0, oldCodec.totalShards)
      const after = stripe.shards.slice(oldCodec.totalShards)
      for (const [number, shard] of before.entries()) shard.set(bytes(1024, number))
      oldCodec.encode(before)
      for (const number of changer.joins) after[number]!.set(bytes(1024, number))
      changer.apply(before, after)
      const whole = after.map((shard, number) => {
        const old = changer.kept[number]
        return old === undefined ? shard : before[old]!
      })
      expect(newCodec.verify(whole)).toBe(true)
    }
  })

  it('resizes, keeping what both lengths have', async () => {
    const stripe = createArena(await createCodec('rs:2+1'), { shardBytes: 512, stripes: 1 }).take(256)!
    stripe.shards[1]!.set(bytes(256, 9))
    stripe.resize(128)
    expect(stripe.lengthBytes).toBe(128)
    expect(stripe.shards[1]!.slice()).toEqual(bytes(256, 9).subarray(0, 128))
    expect(() => stripe.resize(513)).toThrow(RangeError)
  })

  it('refuses a second release and any use after the first', async () => {
    const arena = createArena(await createCodec('rs:2+1'), { shardBytes: 512, stripes: 1 })
    const stripe = arena.take()!
    stripe.release()
    const taken = arena.take()!
    expect(() => stripe.release()).toThrow('the stripe was released')
    expect(() => stripe.shards).toThrow('the stripe was released')
    expect(() => stripe.resize(1)).toThrow('the stripe was released')
    expect(taken.shards).toHaveLength(3)
  })

  it('refuses senseless sizes', async () => {
    const codec = await createCodec('rs:2+1')
    expect(() => createArena(codec, { shardBytes: 0, stripes: 1 })).toThrow('shardBytes is 0')
    expect(() => createArena(codec, { shardBytes: 1, stripes: 1.5 })).toThrow('stripes is 1.5')
    expect(() => createArena(codec, { shardBytes: 2 ** 30, stripes: 2 })).toThrow('4 GiB')
    expect(() => createArena(codec, { shardBytes: 8, stripes: 1 }).take(9)).toThrow('shards of 9 bytes')
  })
})
