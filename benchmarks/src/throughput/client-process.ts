/** The writer and reader of objects, in a process of its own. */
import { type Client, createClient, giveBuffersRoom } from 'p2pstore'
import { serveJobs } from '../child.ts'

const pieceBytes = 256 << 10
const piece = Buffer.alloc(pieceBytes, 'p2pstore')
let client: Client | undefined

giveBuffersRoom()

serveJobs({
  async start({ invite, nodes }: { invite: string; nodes: number }) {
    client = await createClient({ invite })
    await client.waitForNodes(nodes)
  },
  async put({ objectBytes, scheme }: { objectBytes: number; scheme: string }) {
    const startMs = performance.now()
    const receipt = await member().put(pieces(objectBytes), { scheme })
    return { seconds: (performance.now() - startMs) / 1000, capability: receipt.capability }
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
  async usage() {},
})

function member(): Client {
  if (client === undefined) throw new Error('the client has not been started')
  return client
}

function* pieces(objectBytes: number): Generator<Uint8Array> {
  for (let left = objectBytes; left > 0; left -= pieceBytes) yield piece.subarray(0, Math.min(left, pieceBytes))
}
