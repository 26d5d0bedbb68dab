/**
 * A node in a process of its own, on real sockets, against peers of every kind of ill will. After each of them it has to run,
 * to serve its members, and not to have grown beyond {@link capBytes}. The tests share the node, so what an earlier one left
 * behind counts in the later ones.
 */

import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Client } from '../../src/client.ts'
import { parseCapability } from '../../src/object/capability.ts'
import { shardId } from '../../src/object/shard-id.ts'
import type { ByteStream } from '../../src/ports/transport.ts'
import { maximumBodyBytes, maximumHeadBytes } from '../../src/protocol/frame.ts'
import { encodeMessage } from '../../src/protocol/message.ts'
import { forge } from '../transport/tls-certificates.ts'
import { type Attacker, Victim } from './victim.ts'

/** What a node may hold on to over what it held when it had just begun to serve: docs/protocol.md has the sum. */
const capBytes = 192 << 20
const { P2PSTORE_DIALS = '40' } = process.env
const dials = Number(P2PSTORE_DIALS)
/** Of those that get no further than TLS; and what all of them together may cost: 128 connections at a time are looked at. */
const silentDials = 2_000
const floodBytes = 96 << 20

let victim: Victim
let member: Client
let calmBytes: number
const object = randomBytes(300_000)

beforeAll(async () => {
  victim = await Victim.start()
  member = await victim.member()
  await putAndGet(member)
  calmBytes = victim.residentBytes()
})
afterAll(() => victim?.[Symbol.asyncDispose]())

async function putAndGet(client: Client): Promise<void> {
  await client.waitForNodes(1, { signal: AbortSignal.timeout(60_000) })
  const { capability } = await client.put(object, { scheme: 'mirror:1' })
  const pieces: Uint8Array[] = []
  for await (const piece of client.get(capability)) pieces.push(piece)
  expect(Buffer.concat(pieces).equals(object)).toBe(true)
}

/** The node is there for who was connected, and for who comes now. */
async function expectUnharmed(): Promise<void> {
  await putAndGet(member)
  const newcomer = await victim.member()
  await putAndGet(newcomer)
  await newcomer.close()
  expect(victim.told).toBe('')
  expect(victim.isRunning).toBe(true)
  expect(victim.residentBytes() - calmBytes).toBeLessThan(capBytes)
}

interface Attached {
  readonly stream: ByteStream
  readonly ended: Promise<Error | undefined>
  received(): Buffer
}

/** With a limit on waiting: an attacked node may answer with silence. */
function attach(stream: ByteStream): Attached {
  const pieces: Uint8Array[] = []
  const ended = new Promise<Error | undefined>((close) => {
    stream.attach({ data: (piece) => void pieces.push(piece), drain() {}, close })
  })
  return { stream, ended, received: () => Buffer.concat(pieces) }
}

const helloOf = ({ network, credential }: Attacker, windowBytes = 8 << 20) =>
  Buffer.concat(encodeMessage('hello', { network, lane: 'bulk', credential, windowBytes, requestLimit: 256 }).pieces)

/** A stream on which the hello is over. */
async function greeted(attacker: Attacker, windowBytes?: number): Promise<Attached> {
  const attached = attach(await attacker.open())
  attached.stream.send([helloOf(attacker, windowBytes)])
  await expect.poll(() => attached.received().length, { timeout: 20_000 }).toBeGreaterThan(100)
  return attached
}

const requestFrame = (id: number, method = 'shard.stat', head: unknown = { ids: [] }, body?: Uint8Array) =>
  Buffer.concat(encodeMessage('request', { id, method, timeoutMs: 30_000, head }, body).pieces)

/** Magic, version and kind, then the lengths that a frame claims. */
function prefix(kind: number, headBytes: number, bodyBytes: number): Buffer {
  const bytes = Buffer.from([0x70, 0x32, 1, kind, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
  bytes.writeUInt32BE(headBytes, 8)
  bytes.writeUInt32BE(bodyBytes, 12)
  return bytes
}

async function dialRaw(): Promise<Socket> {
  const socket = connect(victim.port, '127.0.0.1')
  socket.on('error', () => {})
  await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve))
  return socket
}

test('sockets that say nothing, little, or nonsense are closed', async () => {
  const sockets = await Promise.all(Array.from({ length: 150 }, dialRaw))
  sockets.forEach((socket, index) => {
    if (index % 3 === 1) socket.write('/')
    if (index % 3 === 2) socket.write(randomBytes(20_000))
  })
  await putAndGet(member)
  await expect.poll(() => sockets.filter(({ closed }) => !closed).length, { timeout: 150_000 }).toBe(0)
  await expectUnharmed()
}, 240_000)

/** Another machine, as far as the node can see: all of 127.0.0.0/8 is this one. */
const elsewhere = { address: '127.0.0.9', others: '127.0.0.10' }

/** Dials from an address and begins to agree on a protocol. @returns whether the node answered at all */
async function beginHandshake(localAddress: string): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port: victim.port, localAddress })
  let isAnswered = false
  const closed = new Promise<void>((resolve) => socket.on('error', () => {}).once('close', () => resolve()))
  socket.once('data', () => {
    isAnswered = true
    socket.destroy()
  })
  socket.write('\x13/multistream/1.0.0\n')
  await closed
  return isAnswered
}

test("the private port answers nothing to those who speak HTTP, TLS without a peer's certificate, or garbage", async () => {
  const said = async (bytes: Uint8Array | string): Promise<Buffer> => {
    const socket = await dialRaw()
    const pieces: Buffer[] = []
    socket.on('data', (piece) => pieces.push(piece)).write(bytes)
    await new Promise((resolve) => socket.once('close', resolve))
    return Buffer.concat(pieces)
  }
  const wordless = await Promise.all(
    ['GET /health HTTP/1.1\r\nHost: a\r\n\r\n', Buffer.from('16030100050100000100', 'hex'), randomBytes(5_000)].map(
      said,
    ),
  )
  expect(wordless.map(({ length }) => length)).toEqual([0, 0, 0])
  await expectUnharmed()
}, 120_000)

test('an address begins only so many handshakes in a second, and another one does not notice', async () => {
  const startMs = performance.now()
  let answered = 0
  for (let round = 0; round < 16; round += 1) {
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => beginHandshake(elsewhere.address)))
    answered += outcomes.filter(Boolean).length
    if (round === 8) expect(await beginHandshake(elsewhere.others)).toBe(true)
  }
  const elapsedSeconds = (performance.now() - startMs) / 1_000
  expect(answered).toBeGreaterThan(0)
  expect(answered).toBeLessThanOrEqual(256 + 64 * elapsedSeconds + 1)
  await expectUnharmed()
}, 240_000)

test('an address that dials and says nothing does not keep others from coming in', async () => {
  const silent = Array.from({ length: 200 }, () => {
    const socket = connect({ host: '127.0.0.1', port: victim.port, localAddress: elsewhere.others })
    return socket.on('error', () => {})
  })
  const isOpen = (socket: Socket) => !socket.connecting && !socket.closed
  await expect.poll(() => silent.filter(isOpen).length, { timeout: 20_000 }).toBeLessThanOrEqual(64)
  await expectUnharmed()
  for (const socket of silent) socket.destroy()
}, 240_000)

/** Agrees on TLS with the node, as a libp2p peer does, and then does something else. */
async function dialForTls(localAddress: string, next: (socket: Socket) => void): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port: victim.port, localAddress })
  socket.on('error', () => {})
  socket.write('\x13/multistream/1.0.0\n\x0b/tls/1.0.0\n')
  let agreed = ''
  const hear = (piece: Buffer): void => {
    agreed += piece.toString('latin1')
    if (!agreed.endsWith('/tls/1.0.0\n')) return
    socket.off('data', hear)
    next(socket)
  }
  socket.on('data', hear)
  await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve))
  return socket
}

test(`${silentDials} dials that break off TLS, or have no certificate of a peer, cost next to nothing`, async () => {
  const before = victim.residentBytes()
  const hello = Buffer.concat([Buffer.from('1603010200010001fc0303', 'hex'), randomBytes(200)])
  const behaviours: ((socket: Socket) => void)[] = [
    (socket) => socket.write(hello),
    (socket) => socket.write(Buffer.concat([hello, randomBytes(2_000)])),
    (socket) => void connectTls({ socket, rejectUnauthorized: false, ALPNProtocols: ['libp2p'] }).on('error', () => {}),
    (socket) => void connectTls({ socket, rejectUnauthorized: false, ...forged }).on('error', () => {}),
    () => {},
  ]
  const forged = await forge({ peer: await generateKeyPair('Ed25519'), extensions: () => [] })
  const sockets: Socket[] = []
  let agreed = 0
  while (sockets.length < silentDials) {
    const dialled = Array.from({ length: 100 }, (_, index) =>
      dialForTls(`127.0.0.${20 + (index % 8)}`, (socket) => {
        agreed += 1
        behaviours[agreed % behaviours.length]!(socket)
      }),
    )
    sockets.push(...(await Promise.all(dialled)))
  }
  expect(agreed).toBeGreaterThan(100)
  await expectUnharmed()
  expect(victim.residentBytes() - before).toBeLessThan(floodBytes)
  await expect.poll(() => sockets.filter(({ closed }) => !closed).length, { timeout: 150_000 }).toBe(0)
}, 300_000)

test(`a flood of ${dials} dials by non-members, each with a key of its own`, async () => {
  let refused = 0
  const dial = async (index: number): Promise<void> => {
    const stranger = await victim.attacker(undefined)
    try {
      const attached = attach(await stranger.open())
      if (index % 2 === 0) attached.stream.send([helloOf(stranger)])
      else if (index % 5 === 0) attached.stream.send([prefix(1, 17_000, 0), Buffer.alloc(10_000)])
      else return
      await Promise.race([attached.ended, new Promise((resolve) => setTimeout(resolve, 1_000))])
    } catch {
      refused += 1
    } finally {
      if (index % 4 !== 1) await stranger.transport.stop()
    }
  }
  for (let from = 0; from < dials; from += 20) {
    await Promise.all(Array.from({ length: 20 }, (_, index) => dial(from + index)))
  }
  expect(refused).toBeLessThan(dials)
  await expectUnharmed()
}, 600_000)

test('many silent streams of strangers, and of one member', async () => {
  const [stranger, insider] = [await victim.attacker(undefined), await victim.attacker('client')]
  for (const attacker of [stranger, insider]) {
    const streams = await Promise.allSettled(Array.from({ length: 40 }, () => attacker.open()))
    for (const stream of streams) if (stream.status === 'fulfilled') attach(stream.value)
  }
  await expectUnharmed()
}, 120_000)

/** A request whose head is whatever bytes they are. */
function requestOf(head: Buffer): Buffer {
  const method = 'shard.stat'
  const start = Buffer.concat([Buffer.from([0, 0, 0x75, 0x30, method.length]), Buffer.from(method)])
  return Buffer.concat([prefix(3, start.length + head.length, 0), start, head])
}

test.each<[string, () => Buffer]>([
  ['a head of 4 GiB', () => prefix(3, 0xffff_ffff, 0)],
  ['a body of 4 GiB', () => prefix(3, 10, 0xffff_ffff)],
  ['a head that is shorter than it says', () => Buffer.concat([prefix(3, maximumHeadBytes, 0), Buffer.alloc(100)])],
  ['a nested head', () => requestOf(Buffer.alloc(60_000, 0x81))],
  ['a map that claims 2^32 entries', () => requestOf(Buffer.from('baffffffffa1616101', 'hex'))],
  ['a text that claims 2^53 bytes', () => requestOf(Buffer.from('7b001fffffffffffff616161', 'hex'))],
  ['a method that is longer than its head', () => Buffer.concat([prefix(3, 6, 0), Buffer.from('00000001ff78', 'hex')])],
  ['random bytes', () => randomBytes(50_000)],
  ['random bytes in a frame', () => Buffer.concat([prefix(3, 5_000, 0), randomBytes(5_000)])],
  ['random bytes in the head of a request', () => requestOf(randomBytes(5_000))],
  ['an unknown kind', () => Buffer.concat([prefix(99, 1, 0), Buffer.from([0xa0])])],
  ['the same id twice', () => Buffer.concat([requestFrame(1, 'shard.check'), requestFrame(1, 'shard.check')])],
  ['credit for what it never got', () => Buffer.concat(encodeMessage('credit', { bytes: 1 }).pieces)],
  ['the hello again', () => Buffer.from([])],
])(
  'a member that sends %s loses its stream',
  async (what, makeBytes) => {
    const attacker = await victim.attacker('client')
    const attached = await greeted(attacker)
    attached.stream.send([what === 'the hello again' ? helloOf(attacker) : makeBytes()])
    if (what.includes('shorter')) attached.stream.abort(new Error('gone'))
    await attached.ended
    await attacker.transport.stop()
    await expectUnharmed()
  },
  120_000,
)

test('members that hold back the rest of many large frames', async () => {
  const attackers = await Promise.all(Array.from({ length: 3 }, () => victim.attacker('client')))
  for (const attacker of attackers) {
    for (let stream = 0; stream < 8; stream += 1) {
      const attached = await greeted(attacker)
      attached.stream.send([prefix(3, 1_000, maximumBodyBytes), Buffer.alloc(1_000_000)])
    }
  }
  await expectUnharmed()
  await Promise.all(attackers.map(({ transport }) => transport.stop()))
}, 240_000)

/** Of a shard of 300 kB that the node holds. */
async function heldShard(): Promise<Uint8Array> {
  const { verifyCapability } = await member.put(object, { scheme: 'mirror:1' })
  const capability = parseCapability(verifyCapability)
  if (capability.kind !== 'verify') throw new Error('it is no verify capability')
  return shardId(capability.objectId, 'shard', 0, 0)
}

test.each([
  ['more requests than it may have unanswered', 300, undefined],
  ['more bytes of requests than it has credit for', 20, Buffer.alloc(maximumBodyBytes)],
])(
  'a member whose answers wait and who sends %s loses its stream',
  async (_what, count, body) => {
    const attacker = await victim.attacker('client')
    const attached = await greeted(attacker, 2_236_416)
    const head = { id: await heldShard() }
    // Answers that fill the window, for which it gives no credit: from then on nothing more is answered.
    attached.stream.send(Array.from({ length: 32 }, (_, id) => requestFrame(id, 'shard.get', head)))
    await expect.poll(() => attached.received().length, { timeout: 60_000 }).toBeGreaterThan(1_000_000)
    attached.stream.send(Array.from({ length: count }, (_, id) => requestFrame(1_000 + id, 'shard.stat', {}, body)))
    expect(await attached.ended).toBeInstanceOf(Error)
    await attacker.transport.stop()
    await expectUnharmed()
  },
  240_000,
)

test('a member that asks for much and reads nothing, whatever it says it has room for', async () => {
  const head = { id: await heldShard() }
  const questions = Buffer.concat(Array.from({ length: 256 }, (_, id) => requestFrame(id, 'shard.get', head)))
  const attacker = await victim.attacker('client')
  const streams = await Promise.all(Array.from({ length: 8 }, () => greeted(attacker, 0xffff_ffff)))
  for (const { stream } of streams) {
    stream.pause()
    stream.send([questions])
  }
  await expectUnharmed()
  const [one] = streams
  const before = one!.received().length
  one!.stream.resume()
  await expect.poll(() => one!.received().length - before, { timeout: 60_000 }).toBeGreaterThan(256 * object.length)
  await attacker.transport.stop()
}, 240_000)

test('a request that was recorded and is sent again does nothing twice, and nothing for another', async () => {
  const attacker = await victim.attacker('client')
  const recorded = [helloOf(attacker), requestFrame(1, 'shard.delete', { ids: [], deleteKey: randomBytes(32) })]
  for (let time = 0; time < 3; time += 1) {
    const attached = attach(await attacker.open())
    attached.stream.send([recorded[0]!])
    await expect.poll(() => attached.received().length, { timeout: 20_000 }).toBeGreaterThan(100)
    attached.stream.send([recorded[1]!])
    await expect.poll(() => attached.received().toString('latin1'), { timeout: 20_000 }).toContain('deleted')
  }
  const thief = await victim.attacker(undefined)
  const attached = attach(await thief.open())
  attached.stream.send([recorded[0]!])
  await attached.ended
  expect(attached.received().toString('latin1')).toContain('NOT_A_MEMBER')
  await expectUnharmed()
}, 120_000)

test('a member that asks faster than it may waits, and others do not', async () => {
  const [perSecond, count] = [40, 200]
  await using paced = await Victim.start(perSecond)
  const greedy = await paced.attacker('client')
  const attached = await greeted(greedy)
  const answers = (): number => attached.received().toString('latin1').split('shards').length - 1
  const startMs = performance.now()
  attached.stream.send([Buffer.concat(Array.from({ length: count }, (_, id) => requestFrame(id, 'shard.stat')))])
  const newcomer = await paced.member()
  await putAndGet(newcomer)
  while (answers() < count) {
    const mostAnswers = perSecond + (perSecond * (performance.now() - startMs)) / 1_000 + 1
    expect(answers()).toBeLessThanOrEqual(mostAnswers)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}, 120_000)

test('who is put out loses its open streams at once, and gets no other', async () => {
  const attacker = await victim.attacker('client')
  const attached = await greeted(attacker)
  await member.announce([victim.revocationOf(attacker)])
  await attached.ended
  const again = attach(await attacker.open())
  again.stream.send([helloOf(attacker)])
  await again.ended
  expect(again.received().toString('latin1')).toContain('MEMBERSHIP_REVOKED')
  await attacker.transport.stop()
  await expectUnharmed()
}, 120_000)

test.each([
  ['verifier', 'shard.put'],
  ['verifier', 'shard.delete'],
  ['verifier', 'shard.get'],
  ['client', 'unit.list'],
  ['storage', 'node.drain'],
] as const)(
  'a %s is not answered to %s',
  async (role, method) => {
    const attacker = await victim.attacker(role)
    const attached = await greeted(attacker)
    attached.stream.send([requestFrame(1, method, { id: shardId(randomBytes(16), 'shard', 0, 0) })])
    await expect.poll(() => attached.received().toString('latin1'), { timeout: 20_000 }).toContain('NOT_PERMITTED')
    await attacker.transport.stop()
  },
  120_000,
)

test('a flood of requests by one member leaves room for the others', async () => {
  const attacker = await victim.attacker('client')
  const attached = await greeted(attacker)
  const flood = Buffer.concat(Array.from({ length: 256 }, (_, id) => requestFrame(id, 'shard.stat')))
  attached.stream.send([flood])
  await expectUnharmed()
  await attacker.transport.stop()
}, 120_000)
