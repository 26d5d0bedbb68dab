/** The writer and reader of objects, in a process of its own. */
import { type Client, createClient, type PutReceipt, tuneEngine } from 'p2pstore'
import { serveJobs } from '../child.ts'
import { startProfile, stopProfile } from '../cpu/profile.ts'
import { crowd } from '../crowd.ts'

const pieceBytes = 256 << 10
const piece = Buffer.alloc(pieceBytes, 'p2pstore')
let client: Client | undefined
let nodeCount = 0

tuneEngine()

serveJobs({
  async start({ invite, nodes }: { invite: string; nodes: number }) {
    client = await createClient({ invite })
    nodeCount = nodes
    await client.waitForNodes(nodeCount)
  },
  async put({ objectBytes, scheme }: { objectBytes: number; scheme: string }) {
    await allUp()
    const startMs = performance.now()
    const receipt = await member().put(pieces(objectBytes), { scheme })
    const seconds = (performance.now() - startMs) / 1000
    return { seconds, capability: receipt.capability, nodesPerStripe: await nodesPerStripe(receipt) }
  },
  async get({ capability }: { capability: string }) {
    const startMs = performance.now()
    let firstByteMs = 0
    let bytes = 0
    for await (const part of member().get(capability)) {
      firstByteMs ||= performance.now() - startMs
      bytes += part.length
    }
    return { seconds: (performance.now() - startMs) / 1000, bytes, firstByteMs }
  },
  /** Objects of one size, some of them in flight. */
  async putMany({ objectBytes, scheme, count, inFlight }: Many & { objectBytes: number; scheme: string }) {
    await allUp()
    const object = Buffer.alloc(objectBytes, 'p2pstore')
    const capabilities: string[] = []
    const { seconds } = await crowd(count, inFlight, async () => {
      capabilities.push((await member().put(object, { scheme })).capability)
    })
    return { seconds, capabilities }
  },
  async getMany({ capabilities, count, inFlight }: Many & { capabilities: readonly string[] }) {
    let bytes = 0
    const { seconds } = await crowd(count, inFlight, async (number) => {
      for await (const part of member().get(capabilities[number] as string)) bytes += part.length
    })
    return { seconds, bytes }
  },
  async startProfile() {
    await startProfile()
  },
  async stopProfile() {
    return stopProfile()
  },
  async usage() {},
})

interface Many {
  readonly count: number
  readonly inFlight: number
}

/** A node that was too busy to answer is taken for down until it has. */
function allUp(): Promise<void> {
  return member().waitForNodes(nodeCount)
}

/** Of the stripe that has its shards on the fewest nodes. */
async function nodesPerStripe(receipt: PutReceipt): Promise<number> {
  const nodes = new Map<number, Set<string>>()
  for await (const { stripe, peerId } of receipt.shards()) {
    nodes.set(stripe, (nodes.get(stripe) ?? new Set()).add(peerId))
  }
  return Math.min(...[...nodes.values()].map(({ size }) => size))
}

function member(): Client {
  if (client === undefined) throw new Error('the client has not been started')
  return client
}

function* pieces(objectBytes: number): Generator<Uint8Array> {
  for (let left = objectBytes; left > 0; left -= pieceBytes) yield piece.subarray(0, Math.min(left, pieceBytes))
}
