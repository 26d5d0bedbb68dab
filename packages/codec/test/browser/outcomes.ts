import { createArena } from '../../src/arena.ts'
import { createCodec } from '../../src/codec.ts'
import { unencodedStripe } from '../fixtures/stripe.ts'

export interface Outcome {
  readonly scheme: string
  readonly engine: string
  /** SHA-256 of each parity shard, in hexadecimal. */
  readonly parities: readonly string[]
  readonly isRebuilt: boolean
}

/** The fixed kernels, a prepared program, one made on the way, a transform, and both layouts; the same wherever it runs. */
export async function outcomes(): Promise<Outcome[]> {
  const schemes = ['rs:10+4', 'rs:5+3', 'rs:20+20', 'rs:10+4/vandermonde', 'grid:3+1,2+2', 'xor:3+1']
  return Promise.all(schemes.map(outcomeOf))
}

async function outcomeOf(scheme: string): Promise<Outcome> {
  const codec = await createCodec(scheme)
  const lengthBytes = 16_384
  const original = unencodedStripe(codec.dataShards, codec.totalShards, lengthBytes)
  const { shards } = createArena(codec, { shardBytes: lengthBytes, stripes: 1 }).take()!
  original.forEach((shard, number) => {
    shards[number]!.set(shard)
  })
  // Often enough for programs to take over.
  for (let run = 0; run < 50; run++) codec.encode(shards)
  const parities = await Promise.all(shards.slice(codec.dataShards).map((shard) => digestOf(shard.slice())))
  shards[0]!.fill(0)
  codec.rebuild(shards, [0])
  const isRebuilt = original[0]!.every((byte, index) => byte === shards[0]![index])
  return { scheme, engine: codec.engine, parities, isRebuilt }
}

async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
