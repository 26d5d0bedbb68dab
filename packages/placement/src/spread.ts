/**
 * How many whole domains may fail, whichever they are, before a stripe is lost.
 * @param domains the domain of each shard
 * @param lossesSurvived how many lost shards the code makes good
 */
export function domainFailuresSurvived(domains: readonly string[], lossesSurvived: number): number {
  let left = lossesSurvived
  let survived = 0
  for (const shards of shardsPerDomain(domains)) {
    left -= shards
    if (left < 0) break
    survived++
  }
  return survived
}

/** Counts, highest first. */
export function shardsPerDomain(domains: readonly string[]): number[] {
  const counts = new Map<string, number>()
  for (const domain of domains) counts.set(domain, (counts.get(domain) ?? 0) + 1)
  return [...counts.values()].sort((a, b) => b - a)
}
