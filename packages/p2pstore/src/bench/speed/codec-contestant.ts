import {
  type Arena,
  type Codec,
  CodecError,
  createArena,
  createChanger,
  createCodec,
  createTeam,
  type EngineName,
  formatScheme,
  memoryForThread,
  parseScheme,
} from '@p2pstore/codec'
import { smallestGrowth } from '../growth.ts'
import { SeededRandom } from '../seeded-random.ts'
import type { Contestant, Discipline } from './contestant.ts'
import { type StartHelper, startHelper } from './helper-thread.ts'

/** Beyond what an xor-program has to have worked on before it is compiled, per shard and thread. */
const coldBytes = 4 << 20

/**
 * @param engine undefined for the one that the codec chooses
 * @returns undefined when the codec can't do it with this engine, on so many threads, or at all; or has no parity to do it with
 */
export async function codecContestant(
  discipline: Discipline,
  engine: EngineName | undefined,
  threads: number,
  start: StartHelper = startHelper,
): Promise<Contestant | undefined> {
  const form = formFor(discipline.scheme, engine)
  const codec = await createCodec(form, engine && { engine }).catch((failure: unknown) => {
    if (failure instanceof RangeError) return undefined
    throw failure
  })
  const hasParity = codec !== undefined && codec.totalShards > codec.dataShards
  if (!hasParity) return undefined
  const prepared =
    threads === 1 ? await prepare(discipline, codec) : await prepareTeam(discipline, codec, threads, start)
  if (prepared === undefined) return undefined
  const coldRuns = codec.engine === 'xor-program' ? Math.ceil((coldBytes * threads) / discipline.shardBytes) : 1
  return { form, engine: codec.engine, threads, coldRuns, [Symbol.dispose]: () => {}, ...prepared }
}

/** The swizzle engine needs byte layout, which Reed–Solomon has in its Vandermonde form. */
function formFor(text: string, engine: EngineName | undefined): string {
  const scheme = parseScheme(text)
  const isOther = engine === 'swizzle' && scheme.kind === 'rs'
  return formatScheme(isOther ? { ...scheme, matrix: 'vandermonde' } : scheme)
}

type Prepared = Pick<Contestant, 'repeat'> & Partial<Disposable>

async function prepare({ operation, shardBytes, lost }: Discipline, codec: Codec): Promise<Prepared | undefined> {
  const erased = lostShards(lost)
  switch (operation) {
    case 'encode': {
      const { shards } = filledStripe(codec, shardBytes)
      return repeating(() => codec.encode(shards))
    }
    case 'encode-copied': {
      const shards = filledArrays(codec.totalShards, shardBytes)
      return repeating(() => codec.encode(shards))
    }
    case 'reconstruct': {
      if (!canLose(codec, erased)) return undefined
      const { shards } = filledStripe(codec, shardBytes)
      return repeating(() => codec.rebuild(shards, erased))
    }
    case 'update': {
      const { shards } = filledStripe(codec, shardBytes)
      return repeating(() => codec.update(shards, 0))
    }
    case 'verify': {
      const { shards } = filledStripe(codec, shardBytes)
      if (!codec.verify(shards)) throw new Error(`${formatScheme(codec.scheme)} does not verify what it has encoded`)
      return repeating(() => codec.verify(shards))
    }
    case 'join':
      return prepareJoin(codec, shardBytes)
  }
}

async function prepareJoin(codec: Codec, shardBytes: number): Promise<Prepared | undefined> {
  const growth = await smallestGrowth(codec.scheme)
  if (growth === undefined) return undefined
  const changer = await createChanger(codec.scheme, growth.to, { engine: codec.engine })
  if (changer.writes.length === 0) return undefined
  const { shards } = createArena(changer, { shardBytes, stripes: 1 }).take()!
  for (const [number, bytes] of filledArrays(shards.length, shardBytes).entries()) shards[number]!.set(bytes)
  const [before, after] = [shards.slice(0, codec.totalShards), shards.slice(codec.totalShards)]
  return repeating(() => changer.apply(before, after))
}

/** Encoding and rebuilding a stripe that is shared with helper threads. */
async function prepareTeam(
  { operation, shardBytes, lost }: Discipline,
  codec: Codec,
  threads: number,
  start: StartHelper,
): Promise<Prepared | undefined> {
  const erased = lostShards(lost)
  if (!['encode', 'reconstruct'].includes(operation) || !canLose(codec, erased)) return undefined
  const arena = createArena(codec, { shardBytes, stripes: 1, threads })
  const form = formatScheme(codec.scheme)
  const helpers = await Promise.all(
    Array.from({ length: threads - 1 }, (_, index) =>
      start({ form, engine: codec.engine, memory: memoryForThread(arena, index + 1) }),
    ),
  )
  const stripe = fill(arena, codec)
  const team = createTeam(codec, arena, helpers)
  return {
    async repeat(times) {
      for (let run = 0; run < times; run++) await (lost > 0 ? team.rebuild(stripe, erased) : team.encode(stripe))
    },
    [Symbol.dispose]() {
      for (const helper of helpers) void helper.stop()
    },
  }
}

function repeating(once: () => void): Prepared {
  return {
    repeat(times) {
      for (let run = 0; run < times; run++) once()
    },
  }
}

function lostShards(count: number): number[] {
  return Array.from({ length: count }, (_, shard) => shard)
}

function canLose(codec: Codec, erased: readonly number[]): boolean {
  if (erased.length > codec.totalShards) return false
  try {
    codec.plan(erased)
    return true
  } catch (failure) {
    if (failure instanceof CodecError && failure.code === 'TOO_FEW_SHARDS') return false
    throw failure
  }
}

function filledStripe(codec: Codec, shardBytes: number): ReturnType<typeof fill> {
  return fill(createArena(codec, { shardBytes, stripes: 1 }), codec)
}

function fill(arena: Arena, codec: Codec) {
  const stripe = arena.take()!
  for (const [number, shard] of filledArrays(codec.totalShards, arena.shardBytes).entries()) {
    stripe.shards[number]!.set(shard)
  }
  codec.encode(stripe.shards)
  return stripe
}

/** Any bytes, the same each time. */
function filledArrays(count: number, lengthBytes: number): Uint8Array[] {
  const random = new SeededRandom(count)
  return Array.from({ length: count }, () => Uint8Array.from({ length: lengthBytes }, () => random.below(256)))
}
