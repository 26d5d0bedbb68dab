/**
 * A client embedded in an app: stores a stream, reads a range of it, checks it, deletes it.
 *
 * Give it an invite to run it against a network of yours: `P2PSTORE_INVITE=$(cat invite.txt) node embed-client.js`. Without one
 * it starts a network in memory.
 */
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { type Client, createClient } from 'p2pstore'
import { createMemoryNetwork } from 'p2pstore/memory'

async function useClient(client: Client): Promise<void> {
  client.events.addEventListener('wrong-shard', ({ detail }) => console.log('a wrong shard from', detail.peerId))

  const source = Readable.from(['any ', 'source ', 'of ', 'bytes'].map((word) => Buffer.from(word)))
  const receipt = await client.put(source, { scheme: 'rs:4+2', acknowledge: 'all' })
  console.log(`stored ${receipt.objectBytes} bytes in ${receipt.storedShards} shards`)
  for await (const { index, peerId, unit, segment, offsetBytes } of receipt.shards()) {
    console.log(`  shard ${index} on ${peerId.slice(-8)}, unit ${unit}, segment ${segment}, offset ${offsetBytes}`)
  }

  const word = await buffer(client.get(receipt.capability, { offsetBytes: 4, lengthBytes: 6 }))
  console.log(`bytes 4 to 9: ${word}`)
  if (String(word) !== 'source') throw new Error('the range is not what was stored')

  const { isHealthy, goodShards } = await client.verify(receipt.verifyCapability)
  console.log(`healthy: ${isHealthy}, ${goodShards} good shards`)

  const { deleted } = await client.remove(receipt.capability)
  console.log(`deleted ${deleted} records`)
}

const { P2PSTORE_INVITE: invite } = process.env
if (invite === undefined) {
  await using network = await createMemoryNetwork()
  await useClient(await network.addClient())
} else {
  await using client = await createClient({ invite })
  await useClient(client)
}
