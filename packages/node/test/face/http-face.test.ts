import { connect, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { manualClock } from '../../src/clock/manual-clock.ts'
import { healthPage, type Observed } from '../../src/face/health.ts'
import { HttpFace } from '../../src/face/http-face.ts'
import { formatMetrics } from '../../src/face/metrics.ts'

const usage = { capacityBytes: 100, freeBytes: 60, reservedBytes: 0, liveBytes: 30, deadBytes: 10, shardCount: 3 }
const node: Observed = {
  usage: () => usage,
  status: () => ({ members: [{ availability: 'up' }, { availability: 'up' }, { availability: 'down' }] }),
  isDraining: false,
}
const figures = () => ({ residentBytes: 1000, cpuSeconds: 2.5 })

async function start(observed: Observed = node): Promise<{ url: string; port: number }> {
  const face = new HttpFace({ listen: '127.0.0.1:0', clock: manualClock(), page: healthPage(observed, figures) })
  onTestFinished(() => face.close())
  const address = await face.start()
  return { url: `http://${address}`, port: Number(address.split(':')[1]) }
}

/** What comes back for these bytes until the other end closes. */
async function exchange(port: number, bytes: Uint8Array | string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  const pieces: Buffer[] = []
  socket.on('error', () => {}).on('data', (piece) => pieces.push(piece))
  socket.write(bytes)
  await new Promise((resolve) => socket.once('close', resolve))
  return Buffer.concat(pieces).toString('latin1')
}

test('says whether the node serves', async () => {
  const up = await fetch(`${(await start()).url}/health`)
  expect([up.status, await up.text()]).toEqual([200, 'ok\n'])
  const { url } = await start({ ...node, usage: () => ({ ...usage, capacityBytes: 0 }) })
  expect((await fetch(`${url}/health?verbose`)).status).toBe(503)
})

test('gives figures that Prometheus can read', async () => {
  const { url } = await start()
  const answer = await fetch(`${url}/metrics`)
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  const text = await answer.text()
  expect(text).toContain('# TYPE p2pstore_store_shards gauge\np2pstore_store_shards 3\n')
  expect(text).toContain('p2pstore_members{state="up"} 2\np2pstore_members{state="suspect"} 0\n')
  expect(text).toMatch(/^(# (HELP|TYPE) \w+ .+\n|\w+(\{\w+="\w+"\})? [\d.]+\n)+$/)
})

test('labels can say anything', () => {
  const samples = [{ labels: { a: 'x"y\\z\n', b: '' }, value: 1 }]
  expect(formatMetrics([{ name: 'm', help: 'h', kind: 'gauge', samples }])).toContain('m{a="x\\"y\\\\z\\n",b=""} 1\n')
})

test('there is nothing else to see or to do', async () => {
  const { url, port } = await start()
  expect((await fetch(`${url}/`)).status).toBe(404)
  expect((await fetch(`${url}/../home/identity.key`)).status).toBe(404)
  expect((await fetch(`${url}/health`, { method: 'POST', body: 'x'.repeat(100) })).status).toBe(405)
  expect(await (await fetch(`${url}/health`, { method: 'HEAD' })).text()).toBe('')
  expect(await exchange(port, `GET /health HTTP/1.1\r\nHost: a\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`)).toContain(' 431 ')
})

test('speaks HTTP only: not the protocol of members, not TLS', async () => {
  const { port } = await start()
  const clientHello = Buffer.from('16030100050100000100', 'hex')
  for (const bytes of ['\x13/multistream/1.0.0\n', clientHello, Buffer.from('7032010100000049', 'hex')]) {
    expect(await exchange(port, bytes)).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/)
  }
})

test('an address may ask only so often, and all together hold only so many connections', async () => {
  const { url, port } = await start()
  const statuses: number[] = []
  for (let request = 0; request < 101; request += 1) statuses.push((await fetch(`${url}/health`)).status)
  expect(statuses.filter((status) => status === 200)).toHaveLength(100)
  expect(statuses.at(-1)).toBe(429)
  const sockets = Array.from({ length: 100 }, (): Socket => connect(port, '127.0.0.1').on('error', () => {}))
  await expect.poll(() => sockets.filter(({ closed }) => closed).length, { timeout: 20_000 }).toBeGreaterThanOrEqual(36)
  for (const socket of sockets) socket.destroy()
})

test('says what is wrong with an address', async () => {
  const { port } = await start()
  const face = (listen: string) => new HttpFace({ listen, clock: manualClock(), page: () => undefined })
  await expect(face(`127.0.0.1:${port}`).start()).rejects.toMatchObject({ code: 'ADDRESS_IN_USE' })
  for (const wrong of ['7421', 'localhost', '127.0.0.1:99999', ':7421', '192.0.2.1:80']) {
    await expect(face(wrong).start(), wrong).rejects.toMatchObject({ code: 'ADDRESS_INVALID' })
  }
})
