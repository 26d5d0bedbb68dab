/** Units of a node as its operator handles them, with a real node that is killed now and then. The tests tell one story. */
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { createClient, openHome, systemClock, type UnitReport } from '@p2pstore/node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { captured, type Ran } from './captured-run.ts'
import { spawnMain } from './main-process.ts'

const { P2PSTORE_UNIT_KILLS = '1' } = process.env
const data = randomBytes(6_000_000)
let folder: string
let node: ChildProcessWithoutNullStreams | undefined

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'p2pstore-'))
  await writeFile(place('data'), data)
  await run(['init'])
})
afterAll(async () => {
  await kill()
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

test('units are listed and added while the node does not run', async () => {
  expect((await run(['unit', 'add', place('two'), '--capacity', '64MiB'])).status).toBe(0)
  const { stdout } = await run(['unit', 'ls'])
  expect(stdout.toString()).toMatch(
    /^UNIT +STATE +FREE +USED +CAPACITY +SHARDS +PLACE\nunit-\w{8} +active .* store\nunit-\w{8} +active .* 64 MiB +0 +\/\S+two\nthe node does not run\n$/,
  )
})

test('the running node takes them over, and takes commands', async () => {
  await start()
  expect(
    (await run(['put', place('data'), '--scheme', 'mirror:1', '--shard-bytes', '16KiB', '--save', place('cap')]))
      .status,
  ).toBe(0)
  expect((await run(['unit', 'add', place('three')])).status).toBe(0)
  expect(await units()).toMatchObject([{ place: 'store' }, { place: place('two') }, { place: place('three') }])
  expect((await run(['unit', 'resize', await nameOf('two'), '128MiB'])).stdout.toString()).toContain('128 MiB')
})

test('wrong commands say what is wrong', async () => {
  await expectFailure(run(['unit', 'add', place('two')]), 2, 'UNIT_EXISTS')
  await expectFailure(run(['unit', 'add', place('data')]), 2, 'UNIT_UNUSABLE')
  await expectFailure(run(['unit', 'add', join(place('data'), 'below')]), 2, 'UNIT_UNUSABLE')
  await expectFailure(run(['unit', 'add', '']), 2, 'USAGE')
  await expectFailure(run(['unit', 'remove', 'no-such']), 3, 'UNIT_UNKNOWN')
  await expectFailure(run(['unit', 'resize', 'no-such', '1GiB']), 3, 'UNIT_UNKNOWN')
  await expectFailure(run(['unit', 'resize', 'no-such', '5 cups']), 2, 'USAGE')
  await expectFailure(run(['unit']), 2, 'USAGE')
})

test('another member has no say in it', async () => {
  const invite = await run(['invite', '--quiet'])
  await captured(['join', '-', '--home', place('other')], { stdin: invite.stdout })
  await using client = await createClient({ directory: place('other') })
  const { identity } = await openHome(place('home'), systemClock)
  await expect(client.control(identity.peerId).units()).rejects.toMatchObject({ code: 'NOT_PERMITTED' })
})

test(`killed (${P2PSTORE_UNIT_KILLS} times) while a unit is emptied, the node goes on with it and loses nothing`, async () => {
  for (let round = 0; round < Number(P2PSTORE_UNIT_KILLS); round++) {
    const [first] = await units()
    expect((await run(['unit', 'remove', first!.name, '--no-wait'])).status).toBe(0)
    await kill()
    await start()
    await expect.poll(async () => (await units()).map(({ name }) => name)).not.toContain(first!.name)
    expect((await run(['get', place('cap')])).stdout.equals(data)).toBe(true)
    // The last one that was removed is the next one to be added.
    expect(
      (await run(['unit', 'add', first!.place === 'store' ? join(place('home'), 'store') : first!.place])).status,
    ).toBe(0)
  }
}, 600_000)

test('a unit whose directory vanishes is fenced while the node goes on, and is back with its directory', async () => {
  const [, second] = await units()
  await kill()
  await rename(second!.place, place('away'))
  await start()
  const { stdout } = await run(['unit', 'ls'])
  expect(stdout.toString()).toContain(
    `${second!.name}: ${second!.place} does not hold unit ${second!.name}; is its disk there?`,
  )
  expect((await run(['status'])).stdout.toString()).toContain(' up, 1 failing ')
  expect((await run(['put', place('data'), '--scheme', 'mirror:1', '--save', place('cap2')])).status).toBe(0)
  await rename(place('away'), second!.place)
  expect((await run(['unit', 'add', second!.place])).status).toBe(0)
  for (const capability of ['cap', 'cap2'])
    expect((await run(['get', place(capability)])).stdout.equals(data)).toBe(true)
})

test('scrub reads everything now, and tells what is damaged, also when the node does not run', async () => {
  const clean = await run(['scrub', '--now', '--json'])
  expect(clean.status).toBe(0)
  expect(JSON.parse(clean.stdout.toString())).toMatchObject({
    isRunning: true,
    progress: 1,
    isHurried: false,
    damagedShards: 0,
  })
  await run(['put', place('data'), '--scheme', 'mirror:1', '--save', place('cap3')])
  const { unit, segment, offsetBytes } = await firstShard(place('cap3'))
  const { place: directory } = (await units()).find(({ name }) => name === unit)!
  const file = join(
    directory === 'store' ? join(place('home'), 'store') : directory,
    `${segment.toString(16).padStart(8, '0')}.segment`,
  )
  await using damaged = await open(file, 'r+')
  await damaged.write(randomBytes(64), 0, 64, offsetBytes + 1000)
  for (const isRunning of [true, false]) {
    if (!isRunning) await kill()
    const { status, stdout } = await run(['scrub', '--now'])
    expect({ isRunning, status }).toEqual({ isRunning, status: 4 })
    expect(stdout.toString()).toContain(`damaged shards: 1; repair what they belong to\n  `)
  }
  const checked = await run(['store', 'check', dirname(file)])
  expect(checked.status).toBe(4)
  expect(checked.stdout.toString()).toMatch(
    /problems: 1\n {2}\w{8}\.segment at \d+: the body of a shard is damaged\nshards that can't be read: 1\n/,
  )
  expect((await run(['store', 'check', join(place('home'), 'store')])).stdout.toString()).toMatch(/^unit unit-\w+: /)
  await expectFailure(run(['store', 'check', folder]), 1, 'UNIT_MISSING')
  await expectFailure(run(['store', 'check', place('none')]), 2, 'FILE_UNREADABLE')
  await start()
  expect((await run(['scrub'])).status).toBe(4)
})

test('remove waits until the disk can be unplugged', async () => {
  const [first, second] = await units()
  const { status, stdout } = await run(['unit', 'remove', second!.name])
  expect({ status, said: stdout.toString() }).toEqual({
    status: 0,
    said: `unit ${second!.name} is no unit of this node any more\n`,
  })
  expect((await run(['unit', 'remove', (await units())[1]!.name, '--abandon'])).status).toBe(0)
  await expectFailure(run(['unit', 'remove', first!.name]), 2, 'UNIT_LAST')
  await expectFailure(run(['unit', 'remove', first!.name, '--out', '--abandon']), 2, 'USAGE')
})

function place(name: string): string {
  return join(folder, name)
}

function run(args: readonly string[]): Promise<Ran> {
  return captured(args, { env: { P2PSTORE_HOME: place('home') } })
}

async function units(): Promise<readonly UnitReport[]> {
  return JSON.parse((await run(['unit', 'ls', '--json'])).stdout.toString()).units
}

/** Where the first shard of an object was put. */
async function firstShard(capability: string): Promise<{ unit: string; segment: number; offsetBytes: number }> {
  await using client = await createClient({ directory: place('home') })
  for await (const shard of client.locate(await readFile(capability, 'utf8'))) return shard
  return expect.unreachable()
}

async function nameOf(directory: string): Promise<string> {
  return (await units()).find((unit) => unit.place === place(directory))!.name
}

async function start(): Promise<void> {
  node = spawnMain(['node', '--listen', '/ip4/127.0.0.1/tcp/0', '--json'], { P2PSTORE_HOME: place('home') })
  await once(createInterface({ input: node.stdout }), 'line')
}

async function kill(): Promise<void> {
  if (node === undefined || node.exitCode !== null || node.signalCode !== null) return
  node.kill('SIGKILL')
  await once(node, 'exit')
}

async function expectFailure(running: Promise<Ran>, status: number, code: string): Promise<void> {
  const ran = await running
  expect(ran.stderr).toMatch(new RegExp(`^p2pstore: [^\\n]+ \\[${code}\\]\\n$`))
  expect({ status: ran.status, stdout: ran.stdout.toString() }).toEqual({ status, stdout: '' })
}
