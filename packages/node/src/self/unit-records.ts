import type { Outlook, UnitRecord } from '@p2pstore/state'
import type { ShardStore, StoreUsage } from '../ports/shard-store.ts'
import type { UnitReport } from '../store/units/unit.ts'

/** After so many requests that its disk refused, a unit is not expected to last. */
const failingErrors = 3
/** A unit that is full sooner than that, as it fills now, is said to be worn: time to add one. */
const soonFullDays = 7

/** What a member record says of a node's units; of one that was never open not even a name is known. */
export function unitRecords(reports: readonly UnitReport[]): UnitRecord[] {
  return reports
    .filter(({ name, place }) => name !== place)
    .map((report) => ({ ...roomOf(report.name, report), outlook: outlookOf(report) }))
}

/** The same of a store that is not made of units. */
export function storeRecord(store: Pick<ShardStore, 'usage'>): UnitRecord {
  return { ...roomOf('store', store.usage()), outlook: 'good' }
}

function roomOf(id: string, usage: StoreUsage): Omit<UnitRecord, 'outlook'> {
  const { capacityBytes: totalBytes, freeBytes, liveBytes: heldBytes } = usage
  return { id, totalBytes, freeBytes: Math.min(freeBytes, totalBytes), heldBytes }
}

/**
 * A disk that has refused more than a request or two is about to go; one that is slow or has lost bytes has been used, and one
 * that is full within days, as it fills now, has little to offer.
 */
function outlookOf({ state, health, freeBytes }: UnitReport): Outlook {
  const { readErrors, writeErrors, damagedReads, isSlow, disk, fillBytesPerDay } = health
  if (state === 'failed' || disk === 'failing' || readErrors + writeErrors >= failingErrors) return 'failing'
  const isSoonFull = state === 'active' && fillBytesPerDay * soonFullDays > freeBytes
  return readErrors + writeErrors + damagedReads > 0 || isSlow || isSoonFull ? 'worn' : 'good'
}
