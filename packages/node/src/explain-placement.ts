/** Where the shards of a stripe would go now, and why: the very decision a put would take, with nothing stored. */
import { createCodec } from '@p2pstore/codec'
import { type Decision, type Explanation, recordDecision, type Tolerance, toleranceOf } from '@p2pstore/placement'
import { sha256 } from './object/manifest.ts'
import type { Peer } from './peer.ts'
import { defaultScheme } from './put-options.ts'
import type { StorageMember } from './storage-member.ts'
import { isDecodable, missingShards } from './transfer/decodable.ts'
import { decide } from './transfer/place-stripe.ts'
import type { PlacementWishes } from './transfer/placement-wishes.ts'
import { stripeGeometryOf } from './transfer/stripe-geometry.ts'

export interface PlacementQuestion {
  /** Default `rs:4+2`. */
  readonly scheme?: string | undefined
  /** An object's id, 32 hexadecimal digits, or any text, which stands for one. Default: the empty text. */
  readonly key?: string | undefined
  /** Which stripe of the object. Default 0. */
  readonly stripe?: number | undefined
  readonly placement?: PlacementWishes | undefined
}

export interface PlacementReport extends Explanation, Tolerance {
  readonly scheme: string
  readonly objectId: string
  readonly stripe: number
  readonly strategy: string
  readonly shards: readonly {
    readonly shard: number
    readonly kind: 'data' | 'parity'
    /** Undefined when there are not enough nodes. */
    readonly node?: StorageMember
    /** Who takes over when the node can't. */
    readonly second?: StorageMember
  }[]
  /** Fullest first. */
  readonly domains: readonly { readonly domain: string; readonly shards: readonly number[] }[]
  readonly parityGroups: number
  /** Lost shards always survived, whichever they are. */
  readonly lossesSurvived: number
  /** All that the decision followed from: `replayDecision` of @p2pstore/placement takes it again. */
  readonly decision: Decision
}

const maximumStripe = 2 ** 32 - 1

/** @throws CodecError SCHEME_INVALID; RangeError for a stripe that can't be */
export async function explainPlacement(
  { scheme = defaultScheme, key = '', stripe = 0, placement: wishes }: PlacementQuestion,
  peer: Pick<Peer, 'network'>,
): Promise<PlacementReport> {
  if (!Number.isInteger(stripe) || stripe < 0 || stripe > maximumStripe) {
    throw new RangeError(`a stripe is a whole number in 0 … ${maximumStripe}, not ${stripe}`)
  }
  const codec = await createCodec(scheme)
  const geometry = stripeGeometryOf(codec.scheme)
  const objectId = /^[0-9a-f]{32}$/i.test(key) ? Buffer.from(key, 'hex') : sha256(Buffer.from(key)).subarray(0, 16)
  const { request, placement } = decide(peer.network, { objectId, stripe, geometry, wishes })
  const { nodes, seconds, explanation } = placement
  const domainOf = new Map([...nodes].map(([shard, { domain }]) => [shard, domain]))
  const survives = (lost: readonly number[]) => isDecodable(codec, missingShards(codec.totalShards, lost))
  return {
    scheme,
    objectId: Buffer.from(objectId).toString('hex'),
    stripe,
    strategy: request.policy?.strategy ?? 'weighted-random',
    shards: Array.from({ length: codec.totalShards }, (_, shard) => {
      const node = nodes.get(shard)
      const second = seconds.get(shard)
      return {
        shard,
        kind: shard < codec.dataShards ? 'data' : 'parity',
        ...(node && { node }),
        ...(second && { second }),
      }
    }),
    domains: shardsByDomain(domainOf),
    ...explanation,
    parityGroups: geometry.groups.length,
    lossesSurvived: codec.tolerance,
    ...toleranceOf(geometry, domainOf, survives),
    decision: recordDecision(request),
  }
}

function shardsByDomain(domainOf: ReadonlyMap<number, string>): { domain: string; shards: number[] }[] {
  const shards = new Map<string, number[]>()
  for (const [shard, domain] of domainOf) shards.set(domain, [...(shards.get(domain) ?? []), shard])
  return [...shards]
    .map(([domain, held]) => ({ domain, shards: held }))
    .sort((a, b) => b.shards.length - a.shards.length)
}
