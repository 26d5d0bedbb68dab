/**
 * The floor's server: takes bytes over TLS 1.3 and writes them with fdatasync, and sends them back from the file. What it
 * takes goes behind what it took before, as in any store that keeps both: a file written over costs half. What it sends is
 * what it took last, as long as that is done.
 */
import { type FileHandle, open } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { TLSSocket } from 'node:tls'
import { serveJobs } from '../child.ts'

/** One write and one fdatasync each: as much as a node gathers in a group at most. */
const groupBytes = 8 << 20
const readBytes = 256 << 10

/** Where the last that was taken whole begins in the file. */
let start = 0
/** Where there is room. */
let end = 0

serveJobs({
  async start({ path, certificate, key }: { path: string; certificate: string; key: string }) {
    const file = await open(path, 'w+')
    const server = createServer((raw) => {
      const socket = new TLSSocket(raw, { isServer: true, cert: certificate, key, minVersion: 'TLSv1.3' })
      socket.on('error', () => raw.destroy())
      void answer(socket, file)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return (server.address() as AddressInfo).port
  },
  async usage() {},
})

/** First 9 bytes: `p` or `g`, and how many bytes to take or to send. */
async function answer(socket: TLSSocket, file: FileHandle): Promise<void> {
  const incoming = socket[Symbol.asyncIterator]()
  const first = (await incoming.next()).value as Buffer
  const length = Number(first.readBigUInt64BE(1))
  if (first[0] === 0x70) await take(first.subarray(9), incoming, length, file)
  else await send(socket, file, length)
  socket.end('.')
}

async function take(first: Buffer, incoming: AsyncIterator<Buffer>, length: number, file: FileHandle): Promise<void> {
  let group = [first]
  let gathered = first.length
  const begin = end
  end += length
  for (let written = 0; written < length; ) {
    while (gathered < Math.min(groupBytes, length - written)) {
      const bytes = (await incoming.next()).value as Buffer
      group.push(bytes)
      gathered += bytes.length
    }
    await file.writev(group, begin + written)
    await file.datasync()
    written += gathered
    group = []
    gathered = 0
  }
  start = begin
}

async function send(socket: TLSSocket, file: FileHandle, length: number): Promise<void> {
  const begin = start
  for (let position = 0; position < length; position += readBytes) {
    const buffer = Buffer.allocUnsafe(Math.min(readBytes, length - position))
    await file.read(buffer, 0, buffer.length, begin + position)
    if (!socket.write(buffer)) await new Promise((resolve) => socket.once('drain', resolve))
  }
}
