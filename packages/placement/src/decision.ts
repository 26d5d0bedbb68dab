/*
 * A decision with all that it followed from, as plain data: written down as JSON, it can be taken again anywhere and later,
 * to see why a shard is where it is, or whether another version still decides alike.
 */
import { type Candidate, createPool } from './candidate.ts'
import { createGeometry, type GeometryParts } from './geometry.ts'
import { type Placement, type PlaceRequest, place } from './place.ts'
import type { Policy } from './policy.ts'

export interface Decision {
  readonly version: 1
  /** Hexadecimal. */
  readonly key: string
  readonly seed: number
  readonly geometry: GeometryParts
  /** Without its predicate: whom it refused weighs nothing here. */
  readonly policy: Omit<Policy<Candidate>, 'accept'>
  readonly candidates: readonly Candidate[]
  /** Shard number, peer id and domain. */
  readonly placed: readonly (readonly [shard: number, peerId: string, domain: string])[]
  /** Default: all that aren't placed. */
  readonly shards?: readonly number[]
}

export function recordDecision<C extends Candidate>(request: PlaceRequest<C>): Decision {
  const { candidates, key, seed = 0, geometry, policy = {}, placed = new Map() } = request
  const { accept, ...plainPolicy } = policy
  const { shardCount, tolerance, groups, cells } = geometry
  return {
    version: 1,
    key: Array.from(key, (byte) => byte.toString(16).padStart(2, '0')).join(''),
    seed,
    geometry: { shardCount, tolerance, groups, ...(cells && { cells }) },
    policy: plainPolicy,
    candidates: candidates.candidates.map((candidate) => {
      const { peerId, weight, domain, available, load, path } = candidate
      const isRefused = accept?.(candidate) === false
      const known = { ...(load !== undefined && { load }), ...(path && { path }) }
      return { peerId, weight: isRefused ? 0 : weight, domain, available, ...known }
    }),
    placed: [...placed].map(([shard, { peerId, domain }]) => [shard, peerId, domain]),
    ...(request.shards && { shards: request.shards }),
  }
}

/** Takes a recorded decision again. @throws RangeError when it is of another version, or a number is out of its range */
export function replayDecision({
  version,
  key,
  candidates,
  geometry,
  placed,
  ...rest
}: Decision): Placement<Candidate> {
  if (version !== 1) throw new RangeError(`a decision of version ${version} can't be replayed`)
  return place({
    ...rest,
    candidates: createPool(candidates),
    key: Uint8Array.from(key.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16)),
    geometry: createGeometry(geometry),
    placed: new Map(placed.map(([shard, peerId, domain]) => [shard, { peerId, domain }])),
  })
}
