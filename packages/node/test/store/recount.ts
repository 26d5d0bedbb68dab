import type { ShardStore } from '../../src/ports/shard-store.ts'
import { recordBytes } from '../../src/store/segment/layout.ts'
import type { SimulatedDisk } from './simulated-disk.ts'

/** @throws when the store's figures are not what its shards and files add up to */
export async function expectExactFigures(
  store: ShardStore,
  disks: readonly SimulatedDisk[],
  shardCount: number,
): Promise<void> {
  let liveBytes = 0
  for (const id of store.ids()) liveBytes += recordBytes(store.stat(id)?.lengthBytes ?? 0)
  let fileBytes = 0
  for (const disk of disks) {
    for (const name of disk.fileNames()) if (name.endsWith('.segment')) fileBytes += disk.sizeOf(name)
  }
  const usage = store.usage()
  const isRight = usage.liveBytes === liveBytes && usage.deadBytes === fileBytes - liveBytes
  if (isRight && usage.shardCount === shardCount) return
  throw new Error(`the figures ${JSON.stringify(usage)} differ from ${liveBytes} of ${fileBytes}, ${shardCount}`)
}
