/**
 * What to read to rebuild lost shards, and how to combine it.
 *
 * Lost shards are unknowns, check groups are equations. The plan peels: of all groups that can rebuild some of their lost
 * members, it takes the one that needs the fewest shards not read anyway, again and again. Peeling is cheap and local but
 * not complete for products, so what is stuck is solved by elimination over all equations at once; whatever is determined
 * at all is then found. Every rebuilt shard ends up as a sum of surviving ones, and only those with a coefficient are read.
 */
import { CodecError } from './codec-error.ts'
import type { Combination } from './combination.ts'
import { type CheckGroup, checksOf, type LinearCode } from './linear-code.ts'
import { addScaled, cellAt, eliminate, matrix } from './matrix.ts'

export interface PlanOptions {
  /** Which of the lost shards to rebuild; default all of them. */
  readonly wanted?: readonly number[]
  /** What reading each shard costs, by shard number; default 1 each. Dear shards are left out where there is a choice. */
  readonly costs?: readonly number[]
}

/** Shards to read are the combination's sources, ascending; rebuilt ones its targets, in the order wanted. */
export type Plan = Combination

/** A lost shard as a sum: one coefficient per shard of the stripe. */
type Sum = Uint8Array

/**
 * @param erased numbers of all shards that cannot be read
 * @throws CodecError TOO_FEW_SHARDS when a wanted shard is not determined by the others
 * @throws RangeError for a shard number outside the stripe, a wanted shard that is not erased, or a cost below 0
 */
export function plan(code: LinearCode, erased: readonly number[], options: PlanOptions = {}): Plan {
  const wanted = options.wanted ?? erased
  checkNumbers(code, erased, wanted)
  checkCosts(options.costs)
  const sums = solve(code, new Set(erased), new Set(wanted), options.costs)
  const missing = wanted.filter((shard) => !sums.has(shard))
  if (missing.length > 0) {
    throw new CodecError(
      'TOO_FEW_SHARDS',
      `shards ${missing.join(', ')} cannot be rebuilt: ${code.totalShards - erased.length} of ${code.totalShards} are left`,
    )
  }
  const rows = wanted.map((shard) => sums.get(shard)!)
  const sources = [...Array(code.totalShards).keys()].filter((shard) => rows.some((sum) => sum[shard] !== 0))
  const coefficients = matrix(rows.length, sources.length, (row, column) => rows[row]![sources[column]!]!)
  return { sources, targets: [...wanted], coefficients }
}

function solve(
  code: LinearCode,
  erased: ReadonlySet<number>,
  wanted: ReadonlySet<number>,
  costs: readonly number[] | undefined,
): Map<number, Sum> {
  const sums = new Map<number, Sum>()
  const reads = new Set<number>()
  const readingCost = (shard: number) => (reads.has(shard) ? 0 : (costs?.[shard] ?? 1))
  const isDone = () => [...wanted].every((shard) => sums.has(shard))
  const accept = (found: Map<number, Sum>) => {
    for (const [shard, sum] of found) {
      sums.set(shard, sum)
      sum.forEach((factor, source) => {
        if (factor !== 0) reads.add(source)
      })
    }
  }
  const isLost = (shard: number) => erased.has(shard) && !sums.has(shard)
  let open = [...code.groups]
  while (!isDone()) {
    open = open.filter(({ members }) => members.some(isLost))
    const solvable = open.filter(({ members, checks }) => members.filter(isLost).length <= checks.rows)
    const group = cheapest(solvable, (member) => (sums.has(member) ? 0 : readingCost(member)), isLost)
    if (!group) break
    accept(solveGroup(code, group, group.members.filter(isLost), sums, readingCost))
    open = open.filter((other) => other !== group)
  }
  if (!isDone()) {
    const everything = { members: [...Array(code.totalShards).keys()], checks: checksOf(code.parity) }
    const lost = [...erased].filter(isLost)
    accept(solveGroup(code, everything, lost, sums, readingCost))
  }
  return sums
}

/** The group that needs the least new reading, if it can leave out as many survivors as it has equations to spare. */
function cheapest(
  groups: readonly CheckGroup[],
  cost: (shard: number) => number,
  isLost: (shard: number) => boolean,
): CheckGroup | undefined {
  let best: CheckGroup | undefined
  let bestCost = Number.POSITIVE_INFINITY
  for (const group of groups) {
    const costs = group.members.filter((shard) => !isLost(shard)).map(cost)
    const needed = costs.sort((a, b) => a - b).slice(0, group.members.length - group.checks.rows)
    const total = needed.reduce((sum, each) => sum + each, 0)
    if (total < bestCost) {
      best = group
      bestCost = total
    }
  }
  return best
}

/**
 * Solves a group's equations for its lost members, as far as they determine them. Equations beyond the number of losses
 * serve to get rid of the dearest survivors, so that these are not read.
 */
function solveGroup(
  code: LinearCode,
  { members, checks }: CheckGroup,
  lost: readonly number[],
  known: ReadonlyMap<number, Sum>,
  readingCost: (shard: number) => number,
): Map<number, Sum> {
  const unknown = new Set(lost)
  const columns = [...members.keys()]
  const lostColumns = columns.filter((column) => unknown.has(members[column]!))
  const survivingColumns = columns
    .filter((column) => !unknown.has(members[column]!))
    .sort((a, b) => costOf(members[b]!) - costOf(members[a]!) || b - a)
  const { reduced, pivots } = eliminate(checks, [...lostColumns, ...survivingColumns])

  function costOf(shard: number): number {
    return known.has(shard) ? 0 : readingCost(shard)
  }

  const found = new Map<number, Sum>()
  pivots.forEach((pivot, row) => {
    const undetermined = lostColumns.some((column) => column !== pivot && cellAt(reduced, row, column) !== 0)
    if (!unknown.has(members[pivot]!) || undetermined) return
    const sum = new Uint8Array(code.totalShards)
    for (const column of columns) {
      const factor = column === pivot ? 0 : cellAt(reduced, row, column)
      const rebuilt = known.get(members[column]!)
      if (rebuilt) addScaled(sum, factor, rebuilt)
      else sum[members[column]!]! ^= factor
    }
    found.set(members[pivot]!, sum)
  })
  return found
}

function checkNumbers(code: LinearCode, erased: readonly number[], wanted: readonly number[]): void {
  const lost = new Set(erased)
  for (const shard of erased) {
    if (!Number.isInteger(shard) || shard < 0 || shard >= code.totalShards) {
      throw new RangeError(`shard ${shard} of a stripe of ${code.totalShards}`)
    }
  }
  if (lost.size !== erased.length) throw new RangeError(`erased shards listed twice: ${erased.join(', ')}`)
  if (new Set(wanted).size !== wanted.length) throw new RangeError(`wanted shards listed twice: ${wanted.join(', ')}`)
  for (const shard of wanted) {
    if (!lost.has(shard)) throw new RangeError(`shard ${shard} is wanted but not among the erased`)
  }
}

function checkCosts(costs: readonly number[] = []): void {
  const bad = costs.findIndex((cost) => !(cost >= 0))
  if (bad !== -1) throw new RangeError(`reading shard ${bad} costs ${costs[bad]}, expected at least 0`)
}
