import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openSegmentStore } from '../../src/store/segment/open.ts'
import { id, pattern, summary } from '../contract/shard-store.ts'
import { CollectedLog } from './collected-log.ts'
import { ManualClock } from './manual-clock.ts'
import { Seeded } from './seeded.ts'

const { P2PSTORE_KILLS = '3' } = process.env
const script = fileURLToPath(new URL('writing-child.ts', import.meta.url))
let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'p2pstore-test-'))
})
afterEach(() => rm(directory, { recursive: true }))

test(`${P2PSTORE_KILLS} times killed while it writes, a store keeps every promise and opens at once`, async () => {
  const promised = new Map<number, 'put' | 'deleted'>()
  const rounds = Number(P2PSTORE_KILLS)
  for (let round = 0; round < rounds; round++) {
    const child = spawn(process.execPath, [
      '--import=tsx',
      '--conditions=@p2pstore/source',
      script,
      directory,
      String(round * 1_000_000),
    ])
    const fresh = await killAfterPromises(child, 50 + 40 * (round % 10))
    for (const [number, promise] of fresh) promised.set(number, promise)

    const settings = { directory, capacityBytes: 1 << 30, clock: new ManualClock(), random: new Seeded(1) }
    const store = await openSegmentStore({ ...settings, logger: new CollectedLog() })
    for (const [number, promise] of round === rounds - 1 ? promised : fresh) {
      const expected = promise === 'put' ? summary(pattern(number, (number * 37) % 20_000)) : 'nothing'
      const text = summary(await store.get(id(number)))
      // The deletion of what was put may have been on its way.
      if (text === 'nothing' && number % 4 === 0) continue
      expect(text, `shard ${number}`).toBe(expected)
    }
    await store.close()
  }
  expect(promised.size).toBeGreaterThan(100)
}, 3_600_000)

test('a directory in use is refused with its name, and free as soon as its process is killed', async () => {
  const child = spawn(process.execPath, ['--import=tsx', '--conditions=@p2pstore/source', script, directory, '0'])
  const settings = { directory, capacityBytes: 1 << 30, clock: new ManualClock(), random: new Seeded(1) }
  const open = () => openSegmentStore({ ...settings, logger: new CollectedLog() })
  await once(child.stdout, 'data')
  await expect(open()).rejects.toMatchObject({
    code: 'DIRECTORY_IN_USE',
    message: `${directory} is in use by a running node; stop that one, or choose another directory`,
  })
  child.kill('SIGKILL')
  await once(child, 'exit')
  await (await open()).close()
})

/** Notes what the child was promised; kills it after some promises, and waits until it is gone. */
async function killAfterPromises(child: ChildProcess, count: number): Promise<Map<number, 'put' | 'deleted'>> {
  const promised = new Map<number, 'put' | 'deleted'>()
  let text = ''
  let complaints = ''
  child.stderr?.on('data', (bytes) => {
    complaints += bytes
  })
  child.stdout?.on('data', (bytes) => {
    text += bytes
    if (text.split('\n').length > count) child.kill('SIGKILL')
  })
  const [, signal] = await once(child, 'close')
  expect(signal, complaints).toBe('SIGKILL')
  for (const line of text.split('\n').slice(0, -1)) {
    const [promise, number] = line.split(' ')
    if (promise === 'put' || promise === 'deleted') promised.set(Number(number), promise)
  }
  return promised
}
