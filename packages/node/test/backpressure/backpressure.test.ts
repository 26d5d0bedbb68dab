/**
 * A disk that doesn't write and a reader that doesn't read, over real sockets: whoever is ahead of them has to wait, all the
 * way to the source, and memory stays what it was. Bounds are those of docs/protocol.md and of stripes.ts.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { Client } from '../../src/client.ts'
import { systemClock } from '../../src/clock/system-clock.ts'
import { openHome } from '../../src/home/home.ts'
import { openAuthority } from '../../src/home/rule.ts'
import { createIdentity } from '../../src/identity/identity.ts'
import { silentLogger } from '../../src/logger/silent-logger.ts'
import { certify } from '../../src/membership/authority.ts'
import { networkIdOf } from '../../src/membership/certificate.ts'
import { systemRandom } from '../../src/random/system-random.ts'
import { createLibp2pTransport } from '../../src/transport/libp2p/transport.ts'

const mebibyte = 1 << 20
const objectBytes = 96 * mebibyte
const timeoutMs = 120_000

interface Report {
  readonly waitingBytes: number
  readonly readBytes: number
  readonly residentBytes: number
}

/** A node of its own process and a client of it in this one. */
async function start() {
  const directory = await mkdtemp(join(tmpdir(), 'p2pstore-pressure-'))
  const script = fileURLToPath(new URL('node-child.ts', import.meta.url))
  const execArgv = ['--import=tsx', '--conditions=@p2pstore/source']
  const node = fork(script, [directory], { execArgv })
  onTestFinished(async () => {
    node.kill('SIGKILL')
    if (node.exitCode === null && node.signalCode === null) await once(node, 'exit')
    await rm(directory, { recursive: true, force: true, maxRetries: 5 })
  })
  const [{ addresses }] = (await once(node, 'message')) as [{ addresses: readonly string[] }]
  const authority = await openAuthority(await openHome(directory, systemClock))
  const identity = createIdentity(systemRandom.bytes(32))
  const networkId = Buffer.from(networkIdOf(authority.founder)).toString('hex')
  const client = new Client({
    identity,
    credential: certify(authority, identity.peerId, { role: 'client', expiresAtMs: 0 }),
    transport: createLibp2pTransport({ identity, networkId }),
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    bootstrap: addresses,
  })
  onTestFinished(() => client.close())
  await client.start()
  await client.waitForNodes(1, { signal: AbortSignal.timeout(timeoutMs) })
  const report = async (): Promise<Report> => {
    node.send('report')
    return (await once(node, 'message'))[0]
  }
  return { client, order: (order: 'hold' | 'release') => node.send(order), report }
}

/** Waits until a figure has not changed for a second, as it would if nobody waited for anybody. */
async function settled(figure: () => number | Promise<number>): Promise<number> {
  for (let before = await figure(); ; ) {
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    const now = await figure()
    if (now === before && now > 0) return now
    before = now
  }
}

test('a disk that does not write makes the source wait', async () => {
  const { client, order, report } = await start()
  let takenBytes = 0
  const source = function* (): Generator<Uint8Array> {
    const piece = new Uint8Array(mebibyte / 4)
    for (; takenBytes < objectBytes; takenBytes += piece.length) yield piece
  }
  const calm = await report()
  order('hold')
  const putting = client.put(source(), { scheme: 'mirror:1' })
  const aheadBytes = await settled(() => takenBytes)
  const held = await report()
  expect(held.waitingBytes).toBeGreaterThan(0)
  // Stripes of 12 MiB, of which one is being filled.
  expect(aheadBytes).toBeLessThanOrEqual(16 * mebibyte)
  expect(held.waitingBytes).toBeLessThanOrEqual(8 * mebibyte)
  expect(held.residentBytes - calm.residentBytes).toBeLessThan(48 * mebibyte)
  order('release')
  await putting
  expect(takenBytes).toBe(objectBytes)
}, 240_000)

test('a reader that does not read makes the nodes wait', async () => {
  const { client, report } = await start()
  const { capability } = await client.put(new Uint8Array(objectBytes), { scheme: 'mirror:1' })
  const calm = await report()
  let gotBytes = 0
  const reading = client.get(capability)
  gotBytes += (await reading.next()).value?.length ?? 0
  const readBytes = await settled(async () => (await report()).readBytes - calm.readBytes)
  expect(readBytes).toBeLessThanOrEqual(32 * mebibyte)
  expect((await report()).residentBytes - calm.residentBytes).toBeLessThan(48 * mebibyte)
  for await (const bytes of reading) gotBytes += bytes.length
  expect(gotBytes).toBe(objectBytes)
}, 240_000)
