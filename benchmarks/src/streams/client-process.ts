/** The asking end of every kind of stream. Streams are opened once and used in every round. */
import { connect } from 'node:tls'
import type { Encryption, Rpc } from '@p2pstore/node/wire'
import { tuneEngine } from 'p2pstore'
import { serveJobs } from '../child.ts'
import { rpcOver, transportWith } from './member.ts'
import { overSocket, overStream, type Pipe, roundTrip, takeReplies } from './pipe.ts'

interface PeerPlace {
  readonly peerId: string
  readonly addresses: readonly string[]
}

const message = Buffer.alloc(1024, 'p2pstore')
const pipes = new Map<string, Pipe>()
let rpc: Rpc | undefined
let rpcPeer: PeerPlace | undefined

tuneEngine()

serveJobs({
  async openRaw({ name, port }: { name: string; port: number }) {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, minVersion: 'TLSv1.3' })
    await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject))
    pipes.set(name, overSocket(socket))
  },
  async openStream({ name, encryption, server }: { name: string; encryption: Encryption; server: PeerPlace }) {
    const transport = transportWith(encryption, [])
    await transport.start(() => {})
    const { signal } = new AbortController()
    pipes.set(name, overStream(await transport.open(server.peerId, server.addresses, { signal })))
  },
  async openRpc({ server }: { server: PeerPlace }) {
    rpc = rpcOver(transportWith('native-tls', []))
    rpcPeer = server
    await rpc.start()
  },
  async takeReplies({ name, count, inFlight }: { name: string; count: number; inFlight: number }) {
    const startMs = performance.now()
    await takeReplies(pipeNamed(name), count, inFlight)
    return (performance.now() - startMs) / 1000
  },
  async roundTripsRaw({ name, count }: { name: string; count: number }) {
    const pipe = pipeNamed(name)
    return timesOf(count, () => roundTrip(pipe, message))
  },
  async roundTripsRpc({ count }: { count: number }) {
    const [caller, peer] = [rpc, rpcPeer]
    if (caller === undefined || peer === undefined) throw new Error('the rpc is not open')
    return timesOf(count, () => caller.call(peer, 'echo', {}, { body: message }))
  },
})

function pipeNamed(name: string): Pipe {
  const pipe = pipes.get(name)
  if (pipe === undefined) throw new Error(`there is no stream ${name}`)
  return pipe
}

/** Of each, one after the other, in microseconds. */
async function timesOf(count: number, job: () => Promise<unknown>): Promise<number[]> {
  const timesUs: number[] = []
  for (let number = 0; number < count; number++) {
    const startMs = performance.now()
    await job()
    timesUs.push(1000 * (performance.now() - startMs))
  }
  return timesUs
}
