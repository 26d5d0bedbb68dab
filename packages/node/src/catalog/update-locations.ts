/**
 * Changes a page of locations, which others may be changing at the same time: nodes that move shards of the same stripes, a
 * repair. There is no lock. A holder takes a page only when its revision is higher than that of the one it has; whoever is
 * refused by any holder has missed another's change, reads the newest page again and makes its own change in that, after a random
 * while so that two don't meet forever. When all holders have taken a page, what it says stays in those that follow.
 */
import { sleep } from '../clock/sleep.ts'
import type { LocationPage } from '../object/location-page.ts'
import { shardId } from '../object/shard-id.ts'
import type { Peer } from '../peer.ts'
import { isStale, mirrorRecord, type RecordNetwork } from './mirror-record.ts'
import type { StoredObject } from './stored-object.ts'

export interface LocationUpdate {
  readonly object: StoredObject
  readonly page: number
  /** Called with the newest page, more than once when others were quicker. @returns whether it has changed it */
  readonly change: (page: LocationPage) => boolean
  /** Who may hold it. */
  readonly members: RecordNetwork
  readonly requiredCopies: number
  /** See RecordMirror. */
  readonly isChecked?: boolean
}

const mostTries = 10
/** Doubled with each try. */
const firstDelayMs = 20

/**
 * @returns the nodes that hold a copy
 * @throws UploadError TOO_FEW_NODES; RECORD_STALE when others were quicker every time; the signal's reason when aborted
 */
export async function updateLocations(
  update: LocationUpdate,
  { clock, random }: Pick<Peer, 'clock' | 'random'>,
  signal: AbortSignal,
): Promise<string[]> {
  const { object, page, change, members, requiredCopies, isChecked } = update
  const { objectId, runId, deleteAfterMs } = object.manifest
  const record = {
    ...{ id: shardId(objectId, 'locationPage', page), runId, kind: 'location' as const, deleteAfterMs },
    ...{ copies: object.recordCopies, requiredCopies, isChecked },
  }
  for (let tries = 1; ; tries += 1) {
    const locations = await object.newestLocationPage(page)
    // Holders may differ in pages of one revision: then it takes a higher one for them to agree.
    if (change(locations) || tries > 1) locations.revision += 1
    try {
      return await mirrorRecord({ ...record, bytes: locations.encode() }, members, signal)
    } catch (failure) {
      if (!isStale(failure) || tries === mostTries) throw failure
    }
    await sleep(clock, firstDelayMs * 2 ** tries * (random.uint32() / 2 ** 32), signal)
  }
}
