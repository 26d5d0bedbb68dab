import { expect, test } from 'vitest'
import { unitRecords } from '../../src/self/unit-records.ts'
import { nothingUsed, type UnitReport } from '../../src/store/units/unit.ts'
import { UnitHealth } from '../../src/store/units/unit-health.ts'

const gibibyte = 2 ** 30
const health = new UnitHealth().report(0, 0)

function report(change: Partial<UnitReport>, signs: Partial<UnitReport['health']> = {}): UnitReport {
  const room = { ...nothingUsed, capacityBytes: 100 * gibibyte, freeBytes: 50 * gibibyte, liveBytes: 40 * gibibyte }
  const unit = { name: 'a', place: '/a', state: 'active' as const, problem: null }
  return { ...unit, ...room, ...change, health: { ...health, ...signs } }
}

test.each<[string, UnitReport, string]>([
  ['nothing', report({}), 'good'],
  ['a read that its disk refused', report({}, { readErrors: 1 }), 'worn'],
  ['a shard that was found damaged', report({}, { damagedReads: 1 }), 'worn'],
  ['that it has become slow', report({}, { isSlow: true }), 'worn'],
  ['that it is full in eight days', report({}, { fillBytesPerDay: 6 * gibibyte }), 'good'],
  ['that it is full in six days', report({}, { fillBytesPerDay: 8 * gibibyte }), 'worn'],
  ['that it empties', report({ freeBytes: 0 }, { fillBytesPerDay: -gibibyte }), 'good'],
  [
    'that it filled before it was to be emptied',
    report({ state: 'leaving', freeBytes: 0 }, { fillBytesPerDay: 1 }),
    'good',
  ],
  ['three requests that its disk refused', report({}, { readErrors: 1, writeErrors: 2 }), 'failing'],
  ['what its disk says', report({}, { disk: 'failing' }), 'failing'],
  ['that it has failed', report({ state: 'failed' }), 'failing'],
])('the outlook of a unit follows from %s', (_, unit, outlook) => {
  const { capacityBytes: totalBytes, freeBytes, liveBytes: heldBytes } = unit
  expect(unitRecords([unit])).toEqual([{ id: 'a', totalBytes, freeBytes, heldBytes, outlook }])
})

test('of a unit that was never open nothing is known', () => {
  expect(unitRecords([report({ name: '/a', state: 'failed' })])).toEqual([])
})
