import { expect, test } from 'vitest'
import { openSegmentStore } from '../../src/store/segment/open.ts'
import { crashRun } from './crash-run.ts'

/** How many lives are lived: P2PSTORE_SEEDS=100000 for a long run, P2PSTORE_SEED=7 to see one again. */
const { P2PSTORE_SEEDS = '300', P2PSTORE_SEED: only } = process.env
const count = Number(P2PSTORE_SEEDS)

test(`nothing acknowledged is lost, nothing wrong is served, over ${only ?? count} seeds`, async () => {
  const seeds = only === undefined ? Array.from({ length: count }, (_, index) => index + 1) : [Number(only)]
  const failures: string[] = []
  for (const seed of seeds) {
    await crashRun(seed, { openStore: openSegmentStore }).catch((error) => failures.push(error.message))
  }
  expect(failures).toEqual([])
}, 3_600_000)
