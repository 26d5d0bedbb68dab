/** Stripes have at most 1024 shards; the logarithms of the factorials up to there. */
const logFactorials = [0]
for (let n = 1; n <= 1024; n++) logFactorials.push(logFactorials[n - 1]! + Math.log(n))

/** How many ways there are to choose `count` of `from` things; 0 when there are too few. */
export function waysToChoose(from: number, count: number): number {
  let ways = count > from || count < 0 ? 0 : 1
  for (let taken = 0; taken < count && ways > 0; taken++) ways = (ways * (from - taken)) / (taken + 1)
  return ways
}

/** The chance that exactly `hits` of `trials` independent trials succeed. */
export function binomialChance(trials: number, hits: number, chance: number): number {
  if (chance === 0 || chance === 1) return Number(hits === trials * chance)
  const logWays = logFactorials[trials]! - logFactorials[hits]! - logFactorials[trials - hits]!
  return Math.exp(logWays + hits * Math.log(chance) + (trials - hits) * Math.log1p(-chance))
}

/** The chance that, of `drawn` things out of `total`, exactly `hits` are among the `marked` ones. */
export function hypergeometricChance(total: number, marked: number, drawn: number, hits: number): number {
  return (waysToChoose(marked, hits) * waysToChoose(total - marked, drawn - hits)) / waysToChoose(total, drawn)
}
