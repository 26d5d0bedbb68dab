import type { StripeGeometry } from '../src/geometry.ts'

/**
 * Whether shards can be put into domains so that no group has more members in one than it survives, by trying everything:
 * the shard with the fewest choices first, equal empty domains once.
 * @param supply nodes that each domain has
 * @param fixed domain of each shard that stays, by number
 * @returns undefined when it isn't known after `maxSteps`
 */
export function isSolvable(
  geometry: StripeGeometry,
  supply: readonly number[],
  fixed: ReadonlyMap<number, number> = new Map(),
  maxSteps = 20_000,
): boolean | undefined {
  const room = [...supply]
  const members = supply.map(() => new Array<number>(geometry.groups.length).fill(0))
  const add = (shard: number, domain: number, by: 1 | -1) => {
    for (const group of geometry.groupsOf[shard]!) members[domain]![group]! += by
  }
  for (const [shard, domain] of fixed) add(shard, domain, 1)
  const open = new Set([...Array(geometry.shardCount).keys()].filter((shard) => !fixed.has(shard)))
  let steps = 0

  const choicesOf = (shard: number): number[] => {
    const seen = new Set<string>()
    return [...room.keys()].filter((domain) => {
      if (room[domain] === 0) return false
      if (geometry.groupsOf[shard]!.some((group) => members[domain]![group]! >= geometry.limits[group]!)) return false
      const twin = `${room[domain]} ${members[domain]!.join()}`
      return !seen.has(twin) && seen.add(twin)
    })
  }
  const solve = (): boolean | undefined => {
    if (open.size === 0) return true
    if (++steps > maxSteps) return undefined
    let hardest = -1
    let choices: number[] = []
    for (const shard of open) {
      const own = choicesOf(shard)
      if (hardest >= 0 && own.length >= choices.length) continue
      hardest = shard
      choices = own
      if (own.length === 0) return false
    }
    open.delete(hardest)
    for (const domain of choices) {
      add(hardest, domain, 1)
      room[domain]!--
      const isSolved = solve()
      room[domain]!++
      add(hardest, domain, -1)
      if (isSolved !== false) {
        open.add(hardest)
        return isSolved
      }
    }
    open.add(hardest)
    return false
  }
  return solve()
}
