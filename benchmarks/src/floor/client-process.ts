/** The floor's client: sends bytes to all servers at once over TLS 1.3, and takes them back. */
import { connect, type TLSSocket } from 'node:tls'
import { serveJobs } from '../child.ts'

const pieceBytes = 256 << 10
const piece = Buffer.alloc(pieceBytes, 'p2pstore')

serveJobs({
  async put({ ports, bytesPerServer }: { ports: number[]; bytesPerServer: number }) {
    return timed(() => Promise.all(ports.map((port) => putTo(port, bytesPerServer))))
  },
  async get({ ports, bytesPerServer }: { ports: number[]; bytesPerServer: number }) {
    return timed(() => Promise.all(ports.map((port) => getFrom(port, bytesPerServer))))
  },
  async usage() {},
})

async function timed(job: () => Promise<unknown>): Promise<{ seconds: number }> {
  const startMs = performance.now()
  await job()
  return { seconds: (performance.now() - startMs) / 1000 }
}

async function putTo(port: number, length: number): Promise<void> {
  const socket = await dial(port, 'p', length)
  for (let left = length; left > 0; left -= pieceBytes) {
    const hasRoom = socket.write(piece.subarray(0, Math.min(left, pieceBytes)))
    if (!hasRoom) await new Promise((resolve) => socket.once('drain', resolve))
  }
  for await (const _ of socket);
}

async function getFrom(port: number, length: number): Promise<void> {
  const socket = await dial(port, 'g', length)
  let received = 0
  for await (const bytes of socket) received += (bytes as Buffer).length
  if (received !== length + 1) throw new Error(`the floor's server sent ${received} bytes instead of ${length + 1}`)
}

async function dial(port: number, verb: 'p' | 'g', length: number): Promise<TLSSocket> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, minVersion: 'TLSv1.3' })
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject))
  const request = Buffer.alloc(9, verb)
  request.writeBigUInt64BE(BigInt(length), 1)
  socket.write(request)
  return socket
}
