/**
 * A peer that sends back what it gets, in a process of its own, for tests that give it a network of its own. Its one argument
 * says what to do: how to listen, which relay to go to, whom to speak with. What it finds out goes to standard output, a line
 * of JSON each. Ends with its standard input.
 */
import { createIdentity } from '../../src/identity/identity.ts'
import { isRelayed } from '../../src/peer-address.ts'
import type { ByteStream } from '../../src/ports/transport.ts'
import { systemRandom } from '../../src/random/system-random.ts'
import type { RelayRole } from '../../src/transport/libp2p/relay-role.ts'
import { createLibp2pTransport } from '../../src/transport/libp2p/transport.ts'

export interface Place {
  readonly peerId: string
  readonly addresses: readonly string[]
}

export interface Task {
  readonly listen: readonly string[]
  readonly role: RelayRole
  /** To be known to it, and reached through it. */
  readonly relay?: Place
  /** To be spoken with; `isUpgraded` to wait for a direct connection then, and speak again. */
  readonly target?: Place & { readonly isUpgraded: boolean }
}

const task: Task = JSON.parse(process.argv[2]!)
const say = (news: object): void => void process.stdout.write(`${JSON.stringify(news)}\n`)
const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 50))
}
const sendBack = (stream: ByteStream): void => {
  stream.attach({ data: (bytes) => stream.send([bytes]), drain() {}, close() {} })
}

const identity = createIdentity(systemRandom.bytes(32))
const transport = createLibp2pTransport({ identity, networkId: 'test', listen: task.listen, relay: task.role })
await transport.start(sendBack)

async function speakWith({ peerId, addresses }: Place): Promise<ByteStream> {
  const stream = await transport.open(peerId, addresses, { signal: AbortSignal.timeout(60_000) })
  const answer = await new Promise<Uint8Array>((resolve, reject) => {
    stream.attach({ data: resolve, drain() {}, close: reject })
    stream.send([Uint8Array.of(42)])
  })
  say({ answer: [...answer], over: stream.remoteAddress })
  return stream
}

if (task.relay !== undefined) {
  await speakWith(task.relay)
  await until(() => transport.addresses().some(isRelayed))
}
say({ peerId: transport.peerId, addresses: transport.addresses() })
if (task.target !== undefined) {
  const stream = await speakWith(task.target)
  if (task.target.isUpgraded) {
    await until(() => stream.isSuperseded)
    await speakWith(task.target)
  }
}
process.stdin.resume().once('end', () => process.exit())
