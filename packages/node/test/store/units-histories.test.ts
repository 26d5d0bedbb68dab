import { expect, test } from 'vitest'
import { unitsHistory } from './units-history.ts'

/** A longer run: P2PSTORE_UNIT_HISTORIES=2000; from another seed on, or one again: P2PSTORE_UNIT_SEED=7. */
const { P2PSTORE_UNIT_HISTORIES = '50', P2PSTORE_UNIT_SEED = '1' } = process.env

test(`${P2PSTORE_UNIT_HISTORIES} histories: nothing acknowledged is lost, nothing deleted is back`, async () => {
  const first = Number(P2PSTORE_UNIT_SEED)
  const count = Number(P2PSTORE_UNIT_HISTORIES)
  for (let seed = first; seed < first + count; seed++) {
    await unitsHistory(seed).catch((error: Error) => {
      error.message = `P2PSTORE_UNIT_SEED=${seed} P2PSTORE_UNIT_HISTORIES=1: ${error.message}`
      throw error
    })
  }
  expect(count).toBeGreaterThan(0)
}, 3_600_000)
