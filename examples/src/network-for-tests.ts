/** A whole network in one process, for the tests of an app: lose nodes, add nodes, repair, without a socket or a disk. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { createMemoryNetwork } from 'p2pstore/memory'

await using network = await createMemoryNetwork({ nodes: 6 })
const client = await network.addClient()

const bytes = randomBytes(1_000_000)
const { capability } = await client.put(bytes, { scheme: 'rs:4+2' })

const [first, second] = network.nodes
if (first === undefined || second === undefined) throw new Error('a network of six has two nodes')
await network.crash(first)
await network.crash(second)
assert.deepEqual(await buffer(client.get(capability)), bytes)
console.log('two of six nodes are gone, and the object is still there')

await network.restart(first)
await network.addNode()
await client.waitForNodes(6)
const { isComplete, rebuiltShards } = await client.repair(capability)
assert.equal(isComplete, true)
console.log(`repaired: ${rebuiltShards} shards rebuilt`)
