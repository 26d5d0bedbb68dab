import type { Outlook, UnitRecord } from '@p2pstore/state'
import type { ShardStore, StoreUsage } from '../ports/shard-store.ts'
import type { UnitReport } from '../store/units/unit.ts'

/** After so many requests that its disk refused, a unit is not expected to last. */
const failingErrors = 3

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

/** A disk that has refused more than a request or two is about to go; one that is slow or has lost bytes has been used. */
function outlookOf({ state, health }: UnitReport): Outlook {
  const { readErrors, writeErrors, damagedReads, isSlow, disk } = health
  if (state === 'failed' || disk === 'failing' || readErrors + writeErrors >= failingErrors) return 'failing'
  return readErrors + writeErrors + damagedReads > 0 || isSlow ? 'worn' : 'good'
}
