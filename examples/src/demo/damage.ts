import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { ShardReceipt } from 'p2pstore'

/** Far enough behind the start of a shard's record to be in its bytes. */
const offsetInRecord = 4096
const flippedBytes = 64

/** Flips bytes of a stored shard on the disk of the node that runs in `home`, behind its back. */
export async function damageShard(home: string, { segment, offsetBytes }: ShardReceipt): Promise<void> {
  const name = `${segment.toString(16).padStart(8, '0')}.segment`
  const file = await open(join(home, 'store', name), 'r+')
  try {
    const bytes = Buffer.alloc(flippedBytes)
    await file.read(bytes, 0, flippedBytes, offsetBytes + offsetInRecord)
    await file.write(
      bytes.map((byte) => byte ^ 0xff),
      0,
      flippedBytes,
      offsetBytes + offsetInRecord,
    )
  } finally {
    await file.close()
  }
}
