/** A network of real processes that has become full, and one node more. The tests tell one story. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exitCode } from '../src/exit-code.ts'
import type { Ran, RunOptions } from './captured-run.ts'
import { UpProcess } from './up-process.ts'

const nodeCount = 5
const bytes = randomBytes(2_000_000)
let folder: string
let network: UpProcess

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'p2pstore-'))
  network = await UpProcess.start(join(folder, 'network'), nodeCount)
  await writeFile(join(folder, 'data'), bytes)
}, 300_000)
afterAll(async () => {
  await network[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

interface Held {
  readonly heldBytes: number
  readonly availability: string
}

/** On a busy machine a command may have to come again. */
async function run(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  let ran = await network.run(args, options)
  for (let tries = 1; ran.status === exitCode.temporary && tries < 10; tries += 1)
    ran = await network.run(args, options)
  return ran
}

async function members(): Promise<readonly Held[]> {
  return JSON.parse((await run(['status', '--json'])).stdout.toString()).members
}

test('nothing is to be moved where all hold their share', async () => {
  await expect.poll(async () => (await run(['status'])).stdout.toString()).toContain('5 of 5 nodes up')
  const put = [
    'put',
    join(folder, 'data'),
    '--scheme',
    'rs:2+1',
    '--shard-bytes',
    '8KiB',
    '--save',
    join(folder, 'cap'),
  ]
  expect(await run(put)).toMatchObject({ status: exitCode.ok })
  const planned = await run(['rebalance', '--plan'])
  expect(planned).toMatchObject({ status: exitCode.ok })
  expect(planned.stdout.toString()).toMatch(/nothing is to be moved\n$/)
}, 300_000)

test('an empty node gets its share, which status shows, and everything is as it was', async () => {
  await network.stop()
  network = await UpProcess.start(join(folder, 'network'), nodeCount + 1)
  await expect
    .poll(async () => (await members()).filter(({ availability }) => availability === 'up').length, {
      timeout: 120_000,
    })
    .toBe(nodeCount + 1)
  const share = (bytes.length * 1.5) / (nodeCount + 1)
  const planAll = async () => JSON.parse((await run(['rebalance', '--plan', '--json'])).stdout.toString())
  // A node that has not heard of the new one yet plans nothing for it.
  let planned = await planAll()
  for (let tries = 1; planned.planned.bytes / share < 0.9 && tries < 10; tries += 1) planned = await planAll()
  expect(planned).toMatchObject({ task: 'plan', isDone: true, moved: { shards: 0 }, hinderedShards: 0 })
  expect(planned.planned.bytes / share).toBeGreaterThan(0.9)
  expect(planned.planned.bytes / share).toBeLessThan(1.2)
  expect(planned.durationMs).toBeGreaterThan(0)

  const moved = await run(['rebalance'])
  expect(moved.stderr).toBe('The nodes go on if this is interrupted; rebalance --stop stops them.\n')
  expect(moved.stdout.toString()).toMatch(/^NODE +HOLDS +SHARE +GIVES +GETS/)
  expect(moved.stdout.toString()).toMatch(/\d+ shards \(.*\) were moved/)
  const isEven = (held: readonly Held[]): boolean =>
    held.every(({ heldBytes }) => Math.abs(heldBytes / share - 1) < 0.25)
  await expect.poll(async () => isEven(await members()), { timeout: 120_000 }).toBe(true)

  const got = await run(['get', join(folder, 'cap')])
  expect(got.stdout.equals(bytes)).toBe(true)
  const verified = JSON.parse((await run(['verify', join(folder, 'cap'), '--json'])).stdout.toString())
  expect(verified).toMatchObject({ isHealthy: true })
}, 300_000)

test('what draining would move is told, and nothing is moved by that', async () => {
  const [, second] = network.nodes
  const env = { P2PSTORE_HOME: second!.home }
  const { stdout, status } = await run(['drain', '--plan', '--json'], { env })
  expect(status).toBe(exitCode.ok)
  const plan = JSON.parse(stdout.toString())
  expect(plan).toMatchObject({ isRunning: true, hinderedShards: 0 })
  const shards = plan.takers.reduce((sum: number, taker: { shards: number }) => sum + taker.shards, 0)
  // All but the records, which go to whoever is next in their ranking.
  expect(shards / plan.heldShards).toBeGreaterThan(0.8)
  expect((await run(['rebalance', '--stop', '--json'])).stdout.toString()).toContain('"isStopped":true')
  expect((await run(['rebalance', '--wrong'])).status).toBe(exitCode.usage)
}, 300_000)
