/** A storage node embedded in an app: founds a network of its own in a temporary folder, serves, and uses it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { createNode, foundNetwork, systemRandom } from 'p2pstore'

const directory = await mkdtemp(join(tmpdir(), 'p2pstore-example-'))
try {
  await foundNetwork(directory, systemRandom)
  await using node = await createNode({ directory, listen: ['/ip4/127.0.0.1/tcp/0'], capacityBytes: 1 << 30 })
  console.log(`node ${node.peerId} listens on ${node.addresses().join(', ')}`)

  const { capability } = await node.put(Buffer.from('alone for now'), { scheme: 'mirror:1' })
  console.log(`read back: ${await buffer(node.get(capability))}`)

  const { shardCount, liveBytes } = node.usage()
  console.log(`${shardCount} records, ${liveBytes} bytes in the store`)
} finally {
  await rm(directory, { recursive: true, force: true })
}
