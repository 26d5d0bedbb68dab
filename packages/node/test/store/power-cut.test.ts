import { expect, test } from 'vitest'
import { openSegmentStore } from '../../src/store/segment/open.ts'
import { crashRun } from './crash-run.ts'
import { seedsOf, tellProgress } from './seeds.ts'

/** How many lives are lived: P2PSTORE_SEEDS=100000 for a long run. */
const seeds = seedsOf('P2PSTORE_SEEDS', 300)

test(`nothing acknowledged is lost, nothing wrong is served, over ${seeds.length} lives`, async () => {
  const failures: string[] = []
  const total = { powerCuts: 0, compactedSegments: 0, interruptedCompactions: 0 }
  for (const seed of seeds) {
    try {
      const report = await crashRun(seed, { openStore: openSegmentStore })
      for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += report[key]
    } catch (error) {
      failures.push((error as Error).message)
    }
    tellProgress('lives', seeds, seed, { ...total, failures })
  }
  expect(failures).toEqual([])
  if (seeds.length < 100) return
  for (const happened of Object.values(total)) expect(happened).toBeGreaterThan(seeds.length / 10)
}, 14_400_000)
