/** A process that writes to a store until it is killed, and tells its parent what it was promised. */
import { openSegmentStore } from '../../src/store/segment/open.ts'
import { id, shard } from '../contract/shard-store.ts'
import { CollectedLog } from './collected-log.ts'
import { ManualClock } from './manual-clock.ts'
import { Seeded } from './seeded.ts'

const [directory, first] = process.argv.slice(2) as [string, string]
const store = await openSegmentStore({
  directory,
  capacityBytes: 1 << 30,
  segmentBytes: 1 << 20,
  clock: new ManualClock(),
  random: new Seeded(Number(first)),
  logger: new CollectedLog(),
})
process.stdout.write('open\n')

/** Each of some writers puts shards of its own, one after the other, and deletes every fourth again. */
async function write(writer: number): Promise<void> {
  for (let number = Number(first) + writer; ; number += 16) {
    await store.put(shard(number, (number * 37) % 20_000))
    process.stdout.write(`put ${number}\n`)
    if (number % 4 !== 0) continue
    await store.delete(id(number))
    process.stdout.write(`deleted ${number}\n`)
  }
}

await Promise.all(Array.from({ length: 16 }, (_, writer) => write(writer)))
