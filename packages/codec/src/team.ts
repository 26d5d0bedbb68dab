/**
 * Large stripes split over threads.
 *
 * The shards of an arena in shared memory are cut into ranges of bytes, and every thread runs the same operation on the ranges
 * it takes, of all shards. Nothing is copied: a message says where the stripe is. How threads are made and spoken to differs
 * between Node, browsers and Deno, so the caller brings them: a helper is anything that passes a job on to a thread and says
 * when it is done. A message and the answer take about as long as coding some megabytes, so smaller stripes are not worth
 * it; threads that sleep on a word of shared memory (Atomics.wait) wake up sooner than those that wait for messages.
 */
import type { Arena, Stripe } from './arena.ts'
import type { Codec } from './codec.ts'
import { Ranges } from './ranges.ts'
import { forThread, type ShardMemory } from './shard-memory.ts'

/** Below this many bytes of data the calling thread does everything. */
const leastSharedBytes = 1 << 20

/** What to do with a stripe, range by range. Can be posted to a thread. */
export interface RangeJob {
  /** Where shard 0 is. */
  readonly addressBytes: number
  readonly lengthBytes: number
  /** How many threads share the job. */
  readonly threads: number
  /** What to rebuild; undefined to encode. */
  readonly rebuild: { readonly erased: readonly number[]; readonly wanted: readonly number[] } | undefined
}

/** Passes jobs to one other thread, which calls {@link performJob}. */
export interface Helper {
  perform(job: RangeJob): Promise<void>
}

/** Encodes and rebuilds stripes of one arena with several threads, one at a time. Otherwise like the codec's methods. */
export interface Team {
  encode(stripe: Stripe): Promise<void>
  rebuild(stripe: Stripe, erased: readonly number[], wanted?: readonly number[]): Promise<void>
}

/** What thread number `thread` must adopt; this thread is number 0. Post it before any job. */
export function memoryForThread(arena: Arena, thread: number): ShardMemory {
  return forThread(arena.memory, thread)
}

/** Does this thread's part of a job, with a codec that has adopted the memory. */
export function performJob(codec: Codec, memory: ShardMemory, job: RangeJob): void {
  const { addressBytes, lengthBytes, threads, rebuild } = job
  const ranges = new Ranges(memory)
  for (;;) {
    const range = ranges.take(lengthBytes, threads)
    if (!range) return
    const { fromBytes, toBytes } = range
    const shards = Array.from({ length: codec.totalShards }, (_, shard) => {
      const start = addressBytes + shard * memory.strideBytes + fromBytes
      return new Uint8Array(memory.memory.buffer, start, toBytes - fromBytes)
    })
    if (rebuild) codec.rebuild(shards, rebuild.erased, { wanted: rebuild.wanted })
    else codec.encode(shards)
  }
}

/** @param helpers for threads 1, 2, … of the arena, in any order */
export function createTeam(codec: Codec, arena: Arena, helpers: readonly Helper[]): Team {
  const ranges = new Ranges(arena.memory)
  const threads = helpers.length + 1

  const share = async (stripe: Stripe, rebuild: RangeJob['rebuild']) => {
    const { shards, lengthBytes } = stripe
    const job = { addressBytes: shards[0]!.byteOffset, lengthBytes, threads, rebuild }
    ranges.reset()
    const helped = helpers.map((helper) => helper.perform(job))
    try {
      performJob(codec, arena.memory, job)
    } finally {
      await Promise.allSettled(helped)
    }
    await Promise.all(helped)
  }

  let last: Promise<void> = Promise.resolve()
  const inTurn = (stripe: Stripe, rebuild: RangeJob['rebuild']) => {
    const perform = () => share(stripe, rebuild)
    last = last.then(perform, perform)
    return last
  }

  const isWorthIt = ({ lengthBytes }: Stripe) => threads > 1 && lengthBytes * codec.dataShards >= leastSharedBytes
  return {
    async encode(stripe) {
      if (isWorthIt(stripe)) await inTurn(stripe, undefined)
      else codec.encode(stripe.shards)
    },
    async rebuild(stripe, erased, wanted = erased) {
      if (isWorthIt(stripe)) await inTurn(stripe, { erased, wanted })
      else codec.rebuild(stripe.shards, erased, { wanted })
    },
  }
}
