import type { ShardStore } from '../../src/ports/shard-store.ts'
import type { Disk } from '../../src/store/segment/disk.ts'
import { openSegmentStore, type SegmentStoreOptions } from '../../src/store/segment/open.ts'
import { segmentFileName } from '../../src/store/segment/segments.ts'
import type { ShardStoreFixture } from '../contract/shard-store.ts'
import { CollectedLog } from './collected-log.ts'
import { ProcessDisk } from './intercepted-disk.ts'
import { ManualClock } from './manual-clock.ts'
import { Seeded } from './seeded.ts'

type Sizes = Pick<SegmentStoreOptions, 'capacityBytes' | 'segmentBytes' | 'groupBytes'>

/** A segment store on any disk, run by processes that can be killed. */
export async function segmentFixture(
  disk: Disk,
  sizes: Sizes,
  end: () => Promise<void> = async () => {},
): Promise<ShardStoreFixture & { readonly log: CollectedLog }> {
  const clock = new ManualClock()
  const log = new CollectedLog()
  const random = new Seeded(1)
  let process: ProcessDisk
  let store: ShardStore
  const open = async () => {
    process = new ProcessDisk(disk)
    store = await openSegmentStore({ directory: 'simulated', ...sizes, clock, random, logger: log, disk: process.disk })
  }
  await open()
  return {
    clock,
    log,
    get store() {
      return store
    },
    reopen: () => store.close().then(open),
    crash: () => process.kill().then(open),
    corrupt: (id) => corrupt(disk, store, id),
    end: () => store.close().then(end),
  }
}

/** Flips a bit at the end of a stored body. */
async function corrupt(disk: Disk, store: ShardStore, id: Uint8Array): Promise<void> {
  const { segment, offsetBytes, lengthBytes } = store.stat(id)!
  const file = await disk.open(segmentFileName(segment))
  const byte = new Uint8Array(1)
  const lastByte = offsetBytes + 96 + (lengthBytes > 65_536 ? 4 * Math.ceil(lengthBytes / 65_536) : 0) + lengthBytes - 1
  await file.read(byte, lastByte)
  byte[0]! ^= 1
  await file.write([byte], lastByte)
  await file.close()
}
