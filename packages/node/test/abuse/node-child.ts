/** A storage node in a process of its own, the founder of a network. Says where it is in one line of JSON, ends with stdin. */
import { createNode } from '../../src/create-node.ts'
import { foundNetwork } from '../../src/home/home.ts'
import { systemRandom } from '../../src/random/system-random.ts'

const [, , directory = '', requestsPerSecond] = process.argv
await foundNetwork(directory, systemRandom)
const listen = ['/ip4/127.0.0.1/tcp/0']
const limits = { capacityBytes: 256 << 20, requestsPerSecond: Number(requestsPerSecond) }
await using node = await createNode({ directory, listen, ...limits })
process.stdout.write(`${JSON.stringify({ peerId: node.peerId, addresses: node.addresses() })}\n`)
await new Promise((resolve) => process.stdin.resume().once('end', resolve))
