import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openNodeDisk } from '../../src/store/segment/node-disk.ts'
import { shardStoreContract } from '../contract/shard-store.ts'
import { segmentFixture } from './segment-fixture.ts'
import { SimulatedDisk } from './simulated-disk.ts'

shardStoreContract('the segment store on a simulated disk', ({ capacityBytes }) =>
  segmentFixture(new SimulatedDisk(), { capacityBytes, segmentBytes: 1 << 18, groupBytes: 1 << 16 }),
)

shardStoreContract('the segment store in a directory', async ({ capacityBytes }) => {
  const directory = await mkdtemp(join(tmpdir(), 'p2pstore-test-'))
  const disk = await openNodeDisk(join(directory, 'not', 'there'))
  return segmentFixture(disk, { capacityBytes }, () => rm(directory, { recursive: true }))
})
