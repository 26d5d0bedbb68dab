import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { createServer as createTlsServer, type TLSSocket, connect as tlsConnect } from 'node:tls'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { expect, onTestFinished, test } from 'vitest'
import { createCertificate } from '../../src/transport/libp2p/native-tls/certificate.ts'
import { Inbox } from '../../src/transport/libp2p/native-tls/inbox.ts'
import { readSocket } from '../../src/transport/libp2p/native-tls/read-socket.ts'

const sent = Buffer.alloc(1_000_001).map((_, index) => index * 31 + (index >> 8))

/** The end of a connection that is about to get `sent`, wrapped in TLS after it was connected. */
async function receivingEnd(): Promise<TLSSocket> {
  const credentials = await createCertificate(await generateKeyPair('Ed25519'))
  const sender = createTlsServer({ ...credentials })
  const server = createServer((socket) => sender.emit('connection', socket)).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const raw = connect((server.address() as AddressInfo).port, '127.0.0.1')
  await once(raw, 'connect')
  sender.on('secureConnection', (secured: TLSSocket) => {
    secured.on('error', () => {})
    for (let start = 0; start < sent.length; start += 70_000) secured.write(sent.subarray(start, start + 70_000))
    secured.end()
  })
  const socket = tlsConnect({ socket: raw, rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  return socket
}

test.each([
  ['its own memory', true],
  ["Node's buffers, where it can't be given memory", false],
])('a socket is read into %s, whole and in order, paused or not, to its end', async (_, ownMemory) => {
  const socket = await receivingEnd()
  const handle = (socket as unknown as { _handle: { useUserBuffer?: unknown } })._handle
  expect(typeof handle.useUserBuffer).toBe('function')
  if (!ownMemory) handle.useUserBuffer = undefined
  let dataEvents = 0
  const on = socket.on.bind(socket)
  socket.on = (name: string, listener: (...parts: never[]) => void) => {
    if (name === 'data') dataEvents += 1
    return on(name, listener as never)
  }
  const inbox = new Inbox()
  const received: Uint8Array[] = []
  let deliveries = 0
  readSocket(socket, inbox, () => {
    received.push(...inbox.takeAll())
    if (++deliveries % 7 !== 0) return
    socket.pause()
    setImmediate(() => socket.resume())
  })
  await once(socket, 'end')
  expect(Buffer.compare(Buffer.concat(received), sent)).toBe(0)
  expect(dataEvents).toBe(ownMemory ? 0 : 1)
})
