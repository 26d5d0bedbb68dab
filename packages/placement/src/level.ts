/** How far the domains of a stripe are filled: all of them below `level`, and as many as still needed up to it. */
export interface Level {
  /** Shards in the fullest domain that had to be filled, those held before not counted. */
  readonly level: number
  /** Shards to add in the rounds below `level`. */
  readonly below: number
  /** Shards to add in the last round. */
  readonly last: number
}

/**
 * Pours `count` shards evenly over domains that hold some already, like water over a floor with steps.
 * @param held shards that each domain holds
 * @param supply nodes that each domain could add
 */
export function pour(held: Uint32Array, supply: Uint32Array, count: number, maxPerDomain: number): Level {
  const available = supply.reduce((sum, nodes) => sum + nodes, 0)
  const wanted = Math.min(count, available)
  let level = 0
  let below = 0
  let last = 0
  while (below + last < wanted && level < maxPerDomain) {
    level++
    below += last
    last = 0
    for (let domain = 0; domain < held.length; domain++) {
      const added = level - held[domain]!
      if (added >= 1 && added <= supply[domain]!) last++
    }
  }
  return { level, below, last: Math.min(last, wanted - below) }
}
