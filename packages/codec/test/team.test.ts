import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Arena, createArena } from '../src/arena.ts'
import { createCodec } from '../src/codec.ts'
import { Ranges } from '../src/ranges.ts'
import { createShardMemory } from '../src/shard-memory.ts'
import { createTeam, type Helper, memoryForThread, type RangeJob } from '../src/team.ts'
import { bytes, differences, unencodedStripe } from './fixtures/stripe.ts'

/** Node 20 runs TypeScript in a thread only after the thread itself has registered a loader. */
const startTypeScript = `
  import('tsx/esm/api').then(({ register }) => {
    register()
    return import(${JSON.stringify(new URL('./fixtures/helper-thread.ts', import.meta.url).href)})
  })
`

async function startHelper(scheme: string, arena: Arena, thread: number) {
  const worker = new Worker(startTypeScript, {
    eval: true,
    workerData: { scheme, memory: memoryForThread(arena, thread) },
  })
  await once(worker, 'message')
  const jobs: RangeJob[] = []
  const helper: Helper = {
    async perform(job) {
      jobs.push(job)
      worker.postMessage(job)
      await once(worker, 'message')
    },
  }
  return { worker, helper, jobs }
}

describe('ranges', () => {
  it('cover every byte once, however many threads take them', () => {
    fc.assert(
      fc.property(fc.nat(5_000_000), fc.integer({ min: 1, max: 8 }), (lengthBytes, threads) => {
        const memory = createShardMemory({ shardBytes: 128, shardsPerStripe: 1, scratchBytes: 0, threads: 2 })
        const ranges = new Ranges(memory)
        ranges.reset()
        let coveredBytes = 0
        for (
          let range = ranges.take(lengthBytes, threads);
          range;
          range = new Ranges(memory).take(lengthBytes, threads)
        ) {
          expect(range.fromBytes).toBe(coveredBytes)
          expect(range.toBytes - range.fromBytes).toBeLessThanOrEqual(
            Math.max(65_536, lengthBytes / threads / 2 + 4096),
          )
          coveredBytes = range.toBytes
        }
        expect(coveredBytes).toBe(lengthBytes)
      }),
    )
  })
})

describe('team', () => {
  it.each(['rs:4+2', 'rs:4+2/vandermonde'])('makes the same bytes as one thread for %s', async (scheme) => {
    const codec = await createCodec(scheme)
    const arena = createArena(codec, { shardBytes: 400_000, stripes: 2, threads: 3 })
    const threads = await Promise.all([startHelper(scheme, arena, 1), startHelper(scheme, arena, 2)])
    try {
      const team = createTeam(
        codec,
        arena,
        threads.map(({ helper }) => helper),
      )
      for (const lengthBytes of [399_872, 128, 0]) {
        const expected = unencodedStripe(4, 6, lengthBytes)
        codec.encode(expected)
        const stripe = arena.take(lengthBytes)!
        stripe.shards.forEach((shard, number) => {
          shard.set(number < 4 ? expected[number]! : bytes(lengthBytes, number))
        })
        await team.encode(stripe)
        expect(differences(stripe.shards, expected)).toEqual([])
        stripe.shards[1]!.fill(0)
        stripe.shards[5]!.fill(0)
        await team.rebuild(stripe, [1, 5])
        expect(differences(stripe.shards, expected)).toEqual([])
        stripe.release()
      }
      expect(threads.map(({ jobs }) => jobs.length)).toEqual([2, 2])
    } finally {
      await Promise.all(threads.map(({ worker }) => worker.terminate()))
    }
  })

  it('leaves each thread room of its own to verify in', async () => {
    const [codec, other] = [await createCodec('rs:4+2'), await createCodec('rs:4+2')]
    const arena = createArena(codec, { shardBytes: 10_240, stripes: 1, threads: 2 })
    const memory = memoryForThread(arena, 1)
    other.adopt(memory)
    const { shards } = arena.take()!
    for (const [number, shard] of shards.entries()) shard.set(bytes(10_240, number))
    codec.encode(shards)
    expect([codec.verify(shards), other.verify(shards)]).toEqual([true, true])
    const [ownBytes, othersBytes] = [arena.memory.spareAtBytes, memory.spareAtBytes]
    expect(othersBytes - ownBytes).toBeGreaterThanOrEqual(6 * 10_240)
    expect(othersBytes + 6 * memory.strideBytes).toBeLessThanOrEqual(memory.memory.buffer.byteLength)
  })

  it('does one stripe after the other, also when asked at once and after a failure', async () => {
    const codec = await createCodec('rs:4+2')
    const arena = createArena(codec, { shardBytes: 1 << 18, stripes: 2, threads: 2 })
    let [running, most, calls] = [0, 0, 0]
    const helper: Helper = {
      async perform() {
        most = Math.max(most, ++running)
        await new Promise((resolve) => setImmediate(resolve))
        running--
        if (++calls === 1) throw new Error('once')
      },
    }
    const team = createTeam(codec, arena, [helper])
    const stripes = [arena.take()!, arena.take()!]
    const outcomes = await Promise.allSettled(stripes.map((stripe) => team.encode(stripe)))
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
    expect(most).toBe(1)
  })

  it('passes on what goes wrong on another thread', async () => {
    const codec = await createCodec('rs:4+2')
    const arena = createArena(codec, { shardBytes: 1 << 19, stripes: 1, threads: 2 })
    const broken: Helper = { perform: () => Promise.reject(new Error('the thread is gone')) }
    await expect(createTeam(codec, arena, [broken]).encode(arena.take()!)).rejects.toThrow('the thread is gone')
  })
})
