/** The answering end of every kind of stream, all in one process. */
import { type AddressInfo, createServer } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { Encryption } from '@p2pstore/node/wire'
import { tuneEngine } from 'p2pstore'
import { serveJobs } from '../child.ts'
import { rpcOver, transportWith } from './member.ts'
import { giveReplies, overSocket, overStream, type Pipe, sendBack } from './pipe.ts'

const loopback = ['/ip4/127.0.0.1/tcp/0']

tuneEngine()

serveJobs({
  /** Two ports: of 1 MiB for a byte, and of bytes sent back. */
  async listenRaw(pem: { certificate: string; key: string }) {
    return Promise.all([giveReplies, sendBack].map((answer) => listen(pem, answer)))
  },
  async listenStream({ encryption }: { encryption: Encryption }) {
    const transport = transportWith(encryption, loopback)
    await transport.start((stream) => giveReplies(overStream(stream)))
    return { peerId: transport.peerId, addresses: transport.addresses() }
  },
  async listenRpc() {
    const transport = transportWith('native-tls', loopback)
    await rpcOver(transport).start()
    return { peerId: transport.peerId, addresses: transport.addresses() }
  },
})

async function listen(
  { certificate, key }: { certificate: string; key: string },
  answer: (pipe: Pipe) => void,
): Promise<number> {
  const server = createServer((raw) => {
    answer(overSocket(new TLSSocket(raw, { isServer: true, cert: certificate, key, minVersion: 'TLSv1.3' })))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}
