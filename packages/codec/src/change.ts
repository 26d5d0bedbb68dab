/**
 * Turns a stripe of one scheme into a stripe of another: members join and leave, parity and dimensions come and go.
 *
 * Data shards stay as they are. A new parity that is the same sum as something stored is that something; any other starts from
 * the stored parity closest to it and adds what differs, or is computed like a lost shard of the new stripe, whichever reads
 * less. Because coefficients belong to slots, a member that joins at the end differs from zero only by itself: it is read, and
 * the parities it touches are, and nothing else. Where a scheme has no such coefficients the same arithmetic says what must be
 * read instead, in the worst case all data.
 */
import type { Combination } from './combination.ts'
import { cellsOf } from './grid.ts'
import type { LinearCode } from './linear-code.ts'
import { cellAt, matrix, rowOf } from './matrix.ts'
import { type Plan, plan } from './plan.ts'
import type { Scheme } from './scheme.ts'

export interface ChangePlan {
  /** By new shard number: the old shard with the same bytes. */
  readonly kept: readonly (number | undefined)[]
  /** Numbers of new data shards that were not in the old stripe. */
  readonly joins: readonly number[]
  /** Numbers of old shards to read, ascending. */
  readonly reads: readonly number[]
  /** Numbers of new shards to write, ascending. */
  readonly writes: readonly number[]
  /** The computation; old shards have their own numbers, new ones follow after all old ones. */
  readonly combination: Combination
}

/** By new data shard: the old data shard in the same slot, or undefined when it joins. */
export type Origins = readonly (number | undefined)[]

/** A sum over old data shards and, after these, new data shards. */
type Vector = Uint8Array
/** Coefficients by shard number, old and new as in the combination. */
type Terms = ReadonlyMap<number, number>

/** The origins when every member keeps its slot: its number, or its coordinates in a grid. */
export function sameSlots(from: Scheme, to: Scheme): Origins {
  const oldNumbers = new Map(slotsOf(from).map((slot, number) => [slot, number]))
  return slotsOf(to).map((slot) => oldNumbers.get(slot))
}

/** A name for each data slot: its coordinates without zeros at the end, so that new dimensions continue old ones. */
function slotsOf(scheme: Scheme): string[] {
  switch (scheme.kind) {
    case 'mirror':
      return ['']
    case 'grid':
    case 'lines':
      return cellsOf(
        scheme.sides.map(({ data }) => ({ data, parity: 0 })),
        scheme.kind,
      ).map((cell) => cell.join().replace(/(^|,)0(,0)*$/, ''))
    default:
      return Array.from({ length: scheme.dataShards }, (_, slot) => (slot === 0 ? '' : `${slot}`))
  }
}

export function planChange(from: LinearCode, to: LinearCode, origins: Origins): ChangePlan {
  const stored = storedVectors(from, to)
  const numberOfNew = (shard: number) => from.totalShards + shard
  const position = (datum: number) => origins[datum] ?? from.dataShards + datum
  const target = (parity: number): Vector => {
    const vector = new Uint8Array(from.dataShards + to.dataShards)
    rowOf(to.parity, parity).forEach((factor, datum) => {
      vector[position(datum)] = factor
    })
    return vector
  }
  const targets = Array.from({ length: to.parity.rows }, (_, parity) => target(parity))
  const kept = [...origins, ...targets.map((vector) => same(stored, vector))]
  const writes = [...kept.keys()].filter((shard) => shard >= to.dataShards && kept[shard] === undefined)
  const joins = [...origins.keys()].filter((datum) => origins[datum] === undefined)

  const numberAt = (place: number) => (place < from.dataShards ? place : numberOfNew(place - from.dataShards))
  const reads = new Set<number>()
  const rebuilding = plan(to, writes)
  const rows = writes.map((shard, row): Terms => {
    const candidates = [
      fromStored(stored, targets[shard - to.dataShards]!, numberAt),
      fromNewStripe(rebuilding, row, (source) => kept[source] ?? numberOfNew(source)),
    ]
    const newReads = (terms: Terms) => [...terms.keys()].filter((source) => !reads.has(source)).length
    const [best] = candidates.sort((a, b) => newReads(a) - newReads(b))
    for (const source of best!.keys()) reads.add(source)
    return best!
  })
  const sources = [...reads].sort((a, b) => a - b)
  return {
    kept,
    joins,
    reads: sources.filter((source) => source < from.totalShards),
    writes,
    combination: {
      sources,
      targets: writes.map(numberOfNew),
      coefficients: matrix(writes.length, sources.length, (row, column) => rows[row]!.get(sources[column]!) ?? 0),
    },
  }
}

/**
 * Every old shard as a sum of data, as far as its bytes mean the same in the new layout: sums without multiplication do in
 * any.
 */
function storedVectors(from: LinearCode, to: LinearCode): Map<number, Vector> {
  const size = from.dataShards + to.dataShards
  const vectors = new Map<number, Vector>()
  for (let datum = 0; datum < from.dataShards; datum++) {
    const vector = new Uint8Array(size)
    vector[datum] = 1
    vectors.set(datum, vector)
  }
  for (let parity = 0; parity < from.parity.rows; parity++) {
    const row = rowOf(from.parity, parity)
    if (from.layout !== to.layout && row.some((factor) => factor > 1)) continue
    const vector = new Uint8Array(size)
    vector.set(row)
    vectors.set(from.dataShards + parity, vector)
  }
  return vectors
}

function same(stored: ReadonlyMap<number, Vector>, vector: Vector): number | undefined {
  for (const [shard, candidate] of stored) if (distance(candidate, vector) === 0) return shard
  return undefined
}

function distance(a: Vector, b: Vector): number {
  let differing = 0
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) differing++
  return differing
}

/** The stored shard closest to the vector, and the data shards that make up the difference; or just the data shards. */
function fromStored(stored: ReadonlyMap<number, Vector>, vector: Vector, numberAt: (place: number) => number): Terms {
  let closest: { shard?: number; vector: Vector } = { vector: new Uint8Array(vector.length) }
  let least = distance(closest.vector, vector)
  for (const [shard, candidate] of stored) {
    const differing = distance(candidate, vector) + 1
    if (differing >= least) continue
    closest = { shard, vector: candidate }
    least = differing
  }
  const terms = new Map<number, number>()
  vector.forEach((factor, place) => {
    const difference = factor ^ closest.vector[place]!
    if (difference !== 0) terms.set(numberAt(place), difference)
  })
  if (closest.shard !== undefined) terms.set(closest.shard, (terms.get(closest.shard) ?? 0) ^ 1)
  return terms
}

/** As a lost shard of the new stripe, from its data and the parities that need no change. */
function fromNewStripe({ sources, coefficients }: Plan, row: number, numberOf: (source: number) => number): Terms {
  const terms = new Map<number, number>()
  sources.forEach((source, column) => {
    const factor = cellAt(coefficients, row, column)
    const number = numberOf(source)
    if (factor !== 0) terms.set(number, (terms.get(number) ?? 0) ^ factor)
  })
  return terms
}
