/**
 * The mean time until a Markov chain in continuous time is absorbed.
 *
 * The equations are those of any textbook: the time left in a state is the time spent there plus the time left in the next.
 * Solved by ordinary elimination they lose all digits once absorption is rarer than 1 in 10^16, as in any store worth having:
 * rates that nearly cancel are subtracted. Grassmann, Taksar and Heyman (Regenerative Analysis and Steady State Distributions
 * for Markov Chains, 1985) take states out one by one and give their visits to the neighbours, where everything is added,
 * multiplied and divided but never subtracted: all digits hold, however long the time.
 */
export interface Chain {
  /** Per unit of time from state to state; the diagonal is not looked at. */
  readonly rates: readonly Float64Array[]
  /** Per unit of time from each state to absorption. */
  readonly absorption: Float64Array
}

/** Infinite when absorption can't be reached. */
export function meanTimeToAbsorption({ rates, absorption }: Chain, start: number): number {
  const rateOf = rates.map((row) => row.slice())
  const absorbed = absorption.slice()
  const timeIn = new Float64Array(rates.length).fill(1)
  const left = new Set(rates.keys())
  const leaving = (state: number): number => {
    let sum = absorbed[state]!
    for (const next of left) if (next !== state) sum += rateOf[state]![next]!
    return sum
  }
  for (const out of rates.keys()) {
    if (out === start) continue
    const total = leaving(out)
    left.delete(out)
    for (const state of left) {
      if (rateOf[state]![out] === 0) continue
      const share = rateOf[state]![out]! / total
      for (const next of left) rateOf[state]![next]! += share * rateOf[out]![next]!
      absorbed[state]! += share * absorbed[out]!
      timeIn[state]! += share * timeIn[out]!
    }
  }
  return timeIn[start]! / absorbed[start]!
}
