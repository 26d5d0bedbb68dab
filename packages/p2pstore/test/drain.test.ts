/** A network of real processes, one of which is emptied while it is used. The tests tell one story. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { UnitReport } from '@p2pstore/node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { captured, type Ran } from './captured-run.ts'
import { UpProcess } from './up-process.ts'

/** Several pages of small shards, a stripe or two, next to nothing; on all schemes that place differently. */
const objects = [
  { name: 'large', scheme: 'rs:4+2', bytes: randomBytes(2_000_000), shard: '4KiB' },
  { name: 'grid', scheme: 'grid:2+1,1+1', bytes: randomBytes(40_000), shard: '4KiB' },
  { name: 'copies', scheme: 'mirror:3', bytes: randomBytes(20_000), shard: '16KiB' },
  { name: 'empty', scheme: 'rs:4+2', bytes: Buffer.alloc(0), shard: '4KiB' },
]
let folder: string
let network: UpProcess

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'p2pstore-'))
  network = await UpProcess.start(join(folder, 'network'), 8)
}, 300_000)
afterAll(async () => {
  await network[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

test('objects of all kinds are stored on eight nodes, one of which has two units', async () => {
  await expect.poll(async () => (await network.run(['status'])).stdout.toString()).toContain('8 of 8 nodes up')
  const { home } = network.nodes.at(-1)!
  expect((await captured(['unit', 'add', join(folder, 'second')], { env: { P2PSTORE_HOME: home } })).status).toBe(0)
  for (const { name, scheme, bytes, shard } of objects) {
    const file = join(folder, name)
    await writeFile(file, bytes)
    const put = ['put', file, '--scheme', scheme, '--shard-bytes', shard, '--save', `${file}.cap`]
    const { status, stderr } = await network.run(put)
    expect({ status, stderr }).toMatchObject({ status: 0 })
  }
}, 300_000)

test('a unit that is removed to other nodes leaves nothing behind, and nothing to the unit that stays', async () => {
  const { home } = network.nodes.at(-1)!
  const [staying, leaving] = await unitsOf(home)
  // Some 50: which of two units a shard goes to, and which nodes of eight, is chance.
  expect(leaving!.shardCount).toBeGreaterThan(10)
  const removed = await captured(['unit', 'remove', leaving!.name, '--out', '--json'], { env: { P2PSTORE_HOME: home } })
  expect({ status: removed.status, said: removed.stdout.toString() }).toEqual({
    status: 0,
    said: `{"name":"${leaving!.name}","removed":true}\n`,
  })
  const [only, ...others] = await unitsOf(home)
  expect({ only, others }).toMatchObject({ only: { name: staying!.name, state: 'active' }, others: [] })
  expect(only!.shardCount).toBeLessThanOrEqual(staying!.shardCount)
  await rm(join(folder, 'second'), { recursive: true })
  for (const { name } of objects) {
    await expectWhole(name)
    const verified = await network.run(['verify', join(folder, `${name}.cap`), '--json'])
    expect(JSON.parse(verified.stdout.toString()), name).toMatchObject({ isHealthy: true })
  }
}, 300_000)

test('a node that is drained moves all it holds to the others while everything can be read, and may be switched off', async () => {
  const [, leaving] = network.nodes
  expect((await unitsOf(leaving!.home)).some(({ shardCount }) => shardCount > 20)).toBe(true)
  let isDrained = false
  const reading = (async () => {
    do for (const { name } of objects) await expectWhole(name)
    while (!isDrained)
  })()
  const drained = await captured(['drain', '--json'], { env: { P2PSTORE_HOME: leaving!.home } })
  isDrained = true
  await reading
  expect(drained.stderr).toBe('')
  expect(JSON.parse(drained.stdout.toString())).toMatchObject({ isDraining: true, isEmpty: true, leftShards: 0 })
  expect(drained.status).toBe(0)
  expect(await unitsOf(leaving!.home)).toMatchObject([{ state: 'leaving', shardCount: 0, problem: null }])
  const status = JSON.parse((await network.run(['status', '--json'])).stdout.toString())
  expect(status.members.filter(({ draining }: { draining: boolean }) => draining)).toMatchObject([
    { peerId: leaving!.peerId },
  ])

  network.kill(leaving!.name)
  for (const { name } of objects) {
    await expectWhole(name)
    const verified = await network.run(['verify', join(folder, `${name}.cap`), '--json'])
    expect(JSON.parse(verified.stdout.toString()), name).toMatchObject({ isHealthy: true })
    // Nothing is left to do: where everything is has been written down, in as many copies as there should be.
    const repaired = await network.run(['repair', join(folder, `${name}.cap`), '--json'])
    expect(JSON.parse(repaired.stdout.toString()), name).toMatchObject({ isComplete: true, rebuiltShards: 0 })
  }
}, 300_000)

test('with too few other nodes a node says what it can’t move, and can be kept', async () => {
  const [, , third, fourth] = network.nodes
  expect((await captured(['drain', '--no-wait'], { env: { P2PSTORE_HOME: third!.home } })).status).toBe(5)
  await expect.poll(async () => (await unitsOf(third!.home))[0]?.shardCount).toBe(0)
  const env = { P2PSTORE_HOME: fourth!.home }
  expect((await captured(['drain', '--no-wait'], { env })).stdout.toString()).toContain('the node goes on moving them')
  await expect.poll(async () => (await unitsOf(fourth!.home))[0]?.problem).toMatch(/^\d+ shards find no other node/)
  expect((await captured(['drain', '--cancel', '--json'], { env })).stdout.toString()).toBe('{"isDraining":false}\n')
  expect(await unitsOf(fourth!.home)).toMatchObject([{ state: 'active', problem: null }])
  for (const { name } of objects) await expectWhole(name)
}, 300_000)

async function expectWhole(name: string): Promise<void> {
  const { status, stdout, stderr }: Ran = await network.run(['get', join(folder, `${name}.cap`)])
  expect({ name, status, stderr }).toEqual({ name, status: 0, stderr: '' })
  expect(stdout.equals(objects.find((object) => object.name === name)!.bytes), name).toBe(true)
}

async function unitsOf(home: string): Promise<readonly UnitReport[]> {
  return JSON.parse((await captured(['unit', 'ls', '--json'], { env: { P2PSTORE_HOME: home } })).stdout.toString())
    .units
}
