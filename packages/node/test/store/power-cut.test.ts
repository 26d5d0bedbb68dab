import { expect, test } from 'vitest'
import { openSegmentStore } from '../../src/store/segment/open.ts'
import { crashRun } from './crash-run.ts'

/** How many lives are lived: P2PSTORE_SEEDS=100000 for a long run, P2PSTORE_SEED=7 to see one again. */
const { P2PSTORE_SEEDS = '300', P2PSTORE_SEED: only } = process.env
const count = Number(P2PSTORE_SEEDS)

test(`nothing acknowledged is lost, nothing wrong is served, over ${only ?? count} seeds`, async () => {
  const seeds = only === undefined ? Array.from({ length: count }, (_, index) => index + 1) : [Number(only)]
  const failures: string[] = []
  const total = { powerCuts: 0, compactedSegments: 0, interruptedCompactions: 0 }
  for (const seed of seeds) {
    try {
      const report = await crashRun(seed, { openStore: openSegmentStore })
      for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += report[key]
    } catch (error) {
      failures.push((error as Error).message)
    }
  }
  expect(failures).toEqual([])
  process.stdout.write(`power cuts: ${JSON.stringify(total)}\n`)
  if (only !== undefined) return
  for (const happened of Object.values(total)) expect(happened).toBeGreaterThan(count / 10)
}, 14_400_000)
