/**
 * The seeds that a suite tries: as many as its variable says, from P2PSTORE_FIRST_SEED on, so that a long run can be done in
 * parts; or P2PSTORE_SEED alone, to see it again.
 */
export function seedsOf(variable: string, usualCount: number): readonly number[] {
  const { [variable]: count = usualCount, P2PSTORE_FIRST_SEED: first = '1', P2PSTORE_SEED: only } = process.env
  if (only !== undefined) return [Number(only)]
  // A long run throws errors by the million, on purpose; where each was made costs a quarter of its time, and nobody looks.
  if (Number(count) > usualCount) Error.stackTraceLimit = 0
  return Array.from({ length: Number(count) }, (_, index) => Number(first) + index)
}

/** Tells now and then how far a long run has come: from there another one can go on. */
export function tellProgress(what: string, seeds: readonly number[], seed: number, found: object): void {
  const done = seeds.indexOf(seed) + 1
  if (done % 2000 === 0 || done === seeds.length) {
    process.stdout.write(`${what}, seeds ${seeds[0]} to ${seed}: ${JSON.stringify(found)}\n`)
  }
}
