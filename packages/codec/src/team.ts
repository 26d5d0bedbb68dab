/**
 * Large stripes split over threads.
 *
 * Shards of an arena in shared memory are cut into ranges of bytes; every thread runs the same operation on its range of all
 * shards. Nothing is copied: a message says where the stripe is. How threads are made and spoken to differs between Node,
 * browsers and Deno, so the caller brings them: a helper is anything that passes a job on to a thread and says when it is done.
 * A round trip costs about as much as coding a megabyte, so smaller stripes are not worth a message.
 */
import type { Arena, Stripe } from './arena.ts'
import type { Codec } from './codec.ts'
import { forThread, type ShardMemory } from './shard-memory.ts'

/** Below this many bytes of data the calling thread does everything. */
const leastSharedBytes = 1 << 20
/** Ranges start at multiples of this. */
const rangeAlignmentBytes = 4096

/** What to do with one range of a stripe. Can be posted to a thread. */
export interface RangeJob {
  /** Where the range begins in shard 0. */
  readonly addressBytes: number
  readonly lengthBytes: number
  /** What to rebuild; undefined to encode. */
  readonly rebuild: { readonly erased: readonly number[]; readonly wanted: readonly number[] } | undefined
}

/** Passes jobs to one other thread, which calls {@link performJob}. */
export interface Helper {
  perform(job: RangeJob): Promise<void>
}

/** Encodes and rebuilds stripes of one arena with several threads. Otherwise like the codec's methods of the same name. */
export interface Team {
  encode(stripe: Stripe): Promise<void>
  rebuild(stripe: Stripe, erased: readonly number[], wanted?: readonly number[]): Promise<void>
}

/** What thread number `thread` must adopt; this thread is number 0. Post it before any job. */
export function memoryForThread(arena: Arena, thread: number): ShardMemory {
  return forThread(arena.memory, thread)
}

/** Does a job on the thread that received it, with a codec that has adopted the memory. */
export function performJob(codec: Codec, { memory, strideBytes }: ShardMemory, job: RangeJob): void {
  const shards = Array.from(
    { length: codec.totalShards },
    (_, shard) => new Uint8Array(memory.buffer, job.addressBytes + shard * strideBytes, job.lengthBytes),
  )
  if (job.rebuild) codec.rebuild(shards, job.rebuild.erased, { wanted: job.rebuild.wanted })
  else codec.encode(shards)
}

/** @param helpers for threads 1, 2, … of the arena, in any order */
export function createTeam(codec: Codec, arena: Arena, helpers: readonly Helper[]): Team {
  const perform = async (stripe: Stripe, rebuild: RangeJob['rebuild']) => {
    const isWorthIt = stripe.lengthBytes * codec.dataShards >= leastSharedBytes
    const [own, ...others] = split(stripe, rebuild, isWorthIt ? helpers.length + 1 : 1)
    const helped = others.map((job, index) => helpers[index]!.perform(job))
    try {
      performJob(codec, arena.memory, own!)
    } finally {
      await Promise.allSettled(helped)
    }
    await Promise.all(helped)
  }
  return {
    encode: (stripe) => perform(stripe, undefined),
    rebuild: (stripe, erased, wanted = erased) => perform(stripe, { erased, wanted }),
  }
}

/** Equal ranges, at least one, none empty unless the stripe is. */
function split({ shards, lengthBytes }: Stripe, rebuild: RangeJob['rebuild'], count: number): RangeJob[] {
  const rangeBytes = Math.ceil(lengthBytes / count / rangeAlignmentBytes) * rangeAlignmentBytes
  const jobs: RangeJob[] = []
  for (let from = 0; from < lengthBytes || from === 0; from += Math.max(rangeBytes, 1)) {
    const rangeLength = Math.min(rangeBytes, lengthBytes - from)
    jobs.push({ addressBytes: shards[0]!.byteOffset + from, lengthBytes: rangeLength, rebuild })
  }
  return jobs
}
