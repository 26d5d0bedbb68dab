/*
 * What placement has to know of an erasure code: which shards make each other good. A parity group is a set of shards of
 * which any `losses` can be lost and follow from the rest of the group: all shards of a Reed–Solomon stripe, one line of a
 * grid, one local group. A domain that fails takes all its shards at once, so it must not hold more of a group than that.
 *
 * Shards of a grid have coordinates besides, and the sum of them, modulo the longest side, is a colour: along a line one
 * coordinate varies and takes no value twice, so no line has two shards of one colour. With a domain, or several, to each
 * colour the rule holds everywhere at once, for any number of dimensions and any sides, and no fewer domains could do.
 */

export interface ParityGroup {
  /** Shard numbers, all different. */
  readonly members: readonly number[]
  /** Lost members that follow from the others, 1 or more. */
  readonly losses: number
}

export interface GeometryParts {
  readonly shardCount: number
  /** Losses that the whole stripe survives whichever they are, 0 or more. */
  readonly tolerance: number
  readonly groups: readonly ParityGroup[]
  /**
   * For a grid: the coordinates of each shard, along the dimensions that have lines. The groups are then lines, and no line
   * may have two members in one domain, however many losses it survives.
   */
  readonly cells?: readonly (readonly number[])[]
}

/** Made ready for many decisions. */
export interface StripeGeometry extends GeometryParts {
  /** Numbers of the groups that each shard is in. */
  readonly groupsOf: readonly (readonly number[])[]
  /** How many members of each group one domain may have: beyond that, its failure alone is more than the group survives. */
  readonly limits: Int32Array
  /** For a grid: the sum of each shard's coordinates. */
  readonly sums?: Int32Array
  /** Of a grid, members of its longest line; otherwise 1. */
  readonly colourCount: number
}

/** More than any scheme has; bounds the work of one decision. */
const MAX_SHARDS = 1024
/** Lines of a grid of 1,024 shards: at most 10 through each. */
const MAX_GROUPS = 10 * MAX_SHARDS

/** @throws RangeError when shards, groups or coordinates don't fit together */
export function createGeometry(parts: GeometryParts): StripeGeometry {
  const { shardCount, tolerance, groups, cells } = parts
  const isCount = (value: number, min: number, max: number) => Number.isInteger(value) && value >= min && value <= max
  if (!isCount(shardCount, 1, MAX_SHARDS)) throw new RangeError(`a stripe has 1 … ${MAX_SHARDS} shards`)
  if (!isCount(tolerance, 0, shardCount)) throw new RangeError(`a stripe survives 0 … ${shardCount} losses`)
  if (groups.length > MAX_GROUPS) throw new RangeError(`a stripe has at most ${MAX_GROUPS} parity groups`)
  const groupsOf = Array.from({ length: shardCount }, (): number[] => [])
  groups.forEach(({ members, losses }, group) => {
    const isFit = members.every((shard) => isCount(shard, 0, shardCount - 1)) && isCount(losses, 1, shardCount)
    if (!isFit || new Set(members).size < members.length) throw new RangeError(`parity group ${group} doesn't fit`)
    for (const shard of members) groupsOf[shard]!.push(group)
  })
  const limits = Int32Array.from(groups, ({ losses }) => (cells ? 1 : losses))
  if (cells === undefined) return { ...parts, groupsOf, limits, colourCount: 1 }
  if (cells.length !== shardCount || !cells.flat().every((coordinate) => isCount(coordinate, 0, MAX_SHARDS))) {
    throw new RangeError('a grid has coordinates, whole numbers, for each of its shards')
  }
  const sums = Int32Array.from(cells, (cell) => cell.reduce((sum, coordinate) => sum + coordinate, 0))
  const colourCount = Math.max(1, ...groups.map(({ members }) => members.length))
  return { ...parts, groupsOf, limits, sums, colourCount }
}
