/**
 * The main job, and every wrong input that reaches the command line, on a network of real processes. The tests tell one
 * story: they share the network and run in order.
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { createMemoryNetwork } from '@p2pstore/node/memory'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { captured, type Ran } from './captured-run.ts'
import { runMain } from './main-process.ts'
import { UpProcess } from './up-process.ts'

const data = randomBytes(3_000_000)
let folder: string
let network: UpProcess
let capability: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'p2pstore-'))
  await writeFile(place('data'), data)
  network = await UpProcess.start(place('net'), 6)
})

afterAll(async () => {
  await network?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

test('a network of six nodes is up, and status shows it', async () => {
  expect(network.nodes.map(({ name }) => name)).toEqual([1, 2, 3, 4, 5, 6].map((node) => `node-${node}`))
  const { status, stdout } = await network.run(['status'])
  expect(status).toBe(0)
  expect(stdout.toString()).toMatch(
    /^NODE +STATE +HELD +FREE +TOTAL .*ADDRESS\n(\w{12} +up +\S+ \S+ +\S+ \S+ +\S+ \S+ .*\/ip4\/127\.0\.0\.1\/tcp\/\d+\n){6}6 of 6 nodes up, /,
  )
  const json = JSON.parse((await network.run(['status', '--json'])).stdout.toString())
  expect(json.members.map(({ peerId }: { peerId: string }) => peerId)).toEqual(
    network.nodes.map(({ peerId }) => peerId).sort(),
  )
})

test('explain placement shows where a stripe would go, and what it would survive there', async () => {
  const { status, stdout } = await network.run(['explain', 'placement', 'holiday', '--scheme', 'rs:4+2'])
  expect(status).toBe(0)
  expect(stdout.toString()).toMatch(/^SHARD +KIND +NODE +FREE +USED .*LOAD +SECOND\n( +\d +(data|parity) .+\n){6}/)
  expect(stdout.toString()).toContain('Strategy: spread, from 6 of 6 nodes\n')
  expect(stdout.toString()).toContain('Domains that may fail, whichever they are: 2; tolerance lost: 0 of 2\n')
  const grid = await network.run([
    'explain',
    'placement',
    'holiday',
    '--scheme',
    'grid:4+1,4+1',
    '--stripe',
    '7',
    '--json',
  ])
  expect(JSON.parse(grid.stdout.toString())).toMatchObject({
    ...{ scheme: 'grid:4+1,4+1', stripe: 7, missing: 19, excess: 0 },
    ...{ lossesSurvived: 3, domainFailuresSurvived: -1, toleranceLost: 4, isExact: true },
    decision: { version: 1 },
  })
  await expectFailure(network.run(['explain', 'placement', 'holiday', '--stripe', 'x']), 2, 'USAGE')
  await expectFailure(network.run(['explain', 'placement', 'holiday', '--scheme', 'rs:0+2']), 2, 'SCHEME_INVALID')
})

test('put prints the capability alone, and get reads the object back in another process', async () => {
  const home = { P2PSTORE_HOME: network.nodes[0]!.home }
  const put = await runMain(['put', place('data')], { env: home })
  expect(put).toMatchObject({
    status: 0,
    stderr: expect.stringMatching(/^Stored 2\.86 MiB as rs:4\+2 in 12 shards, .*\n$/),
  })
  expect(put.stdout.toString()).toMatch(/^p2pstore_r1_\w+\n$/)
  capability = put.stdout.toString()
  await writeFile(place('cap'), capability)
  const other = { P2PSTORE_HOME: network.nodes[3]!.home }
  const get = await runMain(['get', '-'], { env: other, stdin: capability })
  expect(get).toMatchObject({ status: 0, stderr: '' })
  expect(get.stdout.equals(data)).toBe(true)
})

test('a range can be read, given as first and last byte, from an offset on, or as offset and length', async () => {
  const read = async (range: string): Promise<Buffer> =>
    (await network.run(['get', place('cap'), '--range', range])).stdout
  expect((await read('1000000-1999999')).equals(data.subarray(1_000_000, 2_000_000))).toBe(true)
  expect((await read('2999990-')).equals(data.subarray(-10))).toBe(true)
  expect((await read('5+0')).length).toBe(0)
  expect((await read('5+3')).equals(data.subarray(5, 8))).toBe(true)
})

test('standard input is stored with put -, and the capability saved for the owner alone', async () => {
  const stdin = Readable.from([data.subarray(0, 100), data.subarray(100, 5_000)])
  const put = await network.run(['put', '-', '--scheme', 'mirror:3', '--save', place('piped.cap'), '--json'], { stdin })
  expect(put).toMatchObject({ status: 0, stderr: '' })
  const receipt = JSON.parse(put.stdout.toString())
  expect(receipt).toMatchObject({ objectBytes: 5_000, scheme: 'mirror:3', capabilityFile: place('piped.cap') })
  expect(receipt).not.toHaveProperty('capability')
  if (process.platform !== 'win32') expect((await stat(place('piped.cap'))).mode & 0o777).toBe(0o600)
  const P2PSTORE_CAPABILITY = await readFile(place('piped.cap'), 'utf8')
  const get = await network.run(['get'], { env: { P2PSTORE_CAPABILITY } })
  expect(get.stdout.equals(data.subarray(0, 5_000))).toBe(true)
  await expectFailure(network.run(['put', place('data'), '--save', place('piped.cap')]), 2, 'FILE_EXISTS')
})

test('get writes a file whole, and replaces one only with --force', async () => {
  expect(await network.run(['get', place('cap'), place('copy')])).toMatchObject({ status: 0, stderr: '' })
  expect((await readFile(place('copy'))).equals(data)).toBe(true)
  await expectFailure(network.run(['get', place('cap'), place('copy')]), 2, 'FILE_EXISTS')
  expect((await network.run(['get', place('cap'), place('copy'), '--force', '--range', '0+9'])).status).toBe(0)
  expect((await readFile(place('copy'))).equals(data.subarray(0, 9))).toBe(true)
})

test('a terminal is shown progress, which is wiped in the end', async () => {
  const { status, stderr } = await network.run(['put', place('data'), '--scheme', 'rs:2+1'], { isTerminal: true })
  expect(status).toBe(0)
  const lines = stderr.split('\r\u001b[K')
  expect(lines.pop()).toMatch(/^Stored 2\.86 MiB as rs:2\+1 in .*\n$/)
  for (const line of lines) expect(line).toMatch(/^([\d.]+ [KMG]?i?B of 2\.86 MiB, \d+ %, \S+ \S+\/s)?$/)
})

test('stat and verify tell of an object', async () => {
  const { stdout } = await network.run(['stat', place('cap'), '--json'])
  expect(JSON.parse(stdout.toString())).toMatchObject({ objectBytes: data.length, scheme: 'rs:4+2', tolerance: 2 })
  expect((await network.run(['stat', place('cap')])).stdout.toString()).toMatch(
    /^object {3}[0-9a-f]{32}\nsize {5}2\.86 MiB/,
  )
  const verified = await network.run(['verify', place('cap')])
  expect(verified).toMatchObject({ status: 0, stderr: '' })
  expect(verified.stdout.toString()).toBe('healthy: all 12 shards are right\n')
})

test('a capability that is truncated, altered, or of another network is refused', async () => {
  const spoiled = [
    capability.trim().slice(0, -3),
    capability.replace(/.\n$/, '!'),
    `${capability.slice(0, 30)}${capability[30] === '1' ? '2' : '1'}${capability.slice(31)}`,
  ]
  for (const stdin of [...spoiled, 'hello', '']) {
    await expectFailure(network.run(['get', '-', place('none')], { stdin }), 2, 'CAPABILITY_INVALID')
  }
  await using other = await createMemoryNetwork()
  const { capability: stdin } = await (await other.addClient()).put(data.subarray(0, 10))
  await expectFailure(network.run(['get', '-', place('none')], { stdin }), 2, 'WRONG_NETWORK')
  expect(await readdir(folder)).not.toContain('none')
})

test('a verify capability verifies, but does not read or delete', async () => {
  const { stdout } = await network.run(['put', place('data'), '--scheme', 'mirror:2', '--json'])
  const { verifyCapability: stdin } = JSON.parse(stdout.toString())
  expect((await network.run(['verify', '-'], { stdin })).status).toBe(0)
  await expectFailure(network.run(['get', '-'], { stdin }), 2, 'CAPABILITY_TOO_WEAK')
  await expectFailure(network.run(['rm', '-'], { stdin }), 2, 'CAPABILITY_TOO_WEAK')
})

test('what does not fit the object or the network is refused', async () => {
  await expectFailure(network.run(['get', place('cap'), '--range', '3000001-']), 2, 'USAGE')
  await expectFailure(network.run(['get', place('cap'), place('no/such/folder')]), 2, 'FILE_UNWRITABLE')
  await expectFailure(network.run(['get', place('cap'), folder]), 2, 'FILE_UNWRITABLE')
  await expectFailure(network.run(['get', place('missing')]), 2, 'FILE_UNREADABLE')
  await expectFailure(network.run(['put', place('data'), '--scheme', 'rs:0+2']), 2, 'SCHEME_INVALID')
  await expectFailure(network.run(['put', place('data'), '--shard-bytes', '2MiB']), 2, 'USAGE')
  await expectFailure(network.run(['put', place('data'), '--scheme', 'rs:5+2']), 5, 'TOO_FEW_NODES')
})

test('a source that is missing, a folder, or fails midway leaves nothing that looks complete', async () => {
  await expectFailure(network.run(['put', place('missing')]), 2, 'FILE_UNREADABLE')
  await expectFailure(network.run(['put', folder]), 2, 'FILE_UNREADABLE')
  const failing = Readable.from(
    (async function* () {
      yield data.subarray(0, 2_500_000)
      throw new Error('the pipe broke')
    })(),
  )
  await expectFailure(network.run(['put', '-', '--save', place('failed.cap')], { stdin: failing }), 1, 'SOURCE_FAILED')
  expect(await readdir(folder)).not.toContain('failed.cap')
})

test('an interrupted command says so and leaves nothing', async () => {
  const stop = new AbortController()
  const endless = Readable.from(
    (async function* () {
      for (let piece = 0; ; piece += 1) {
        if (piece === 2) stop.abort()
        yield data.subarray(0, 1_000_000)
      }
    })(),
  )
  const run = network.run(['put', '-', '--save', place('stopped.cap')], { stdin: endless, signal: stop.signal })
  await expectFailure(run, 1, 'INTERRUPTED')
  expect(await readdir(folder)).not.toContain('stopped.cap')
})

test('a port and a directory that are in use are left to who uses them', async () => {
  const [first] = network.nodes
  const invite = await network.run(['invite', '--quiet'])
  await captured(['join', '-', '--home', place('late')], { stdin: invite.stdout })
  const listen = first!.addresses[0]!.replace(/\/p2p\/.*/, '')
  await expectFailure(runMain(['node', '--home', place('late'), '--listen', listen]), 1, 'ADDRESS_IN_USE')
  await expectFailure(runMain(['node', '--home', first!.home]), 1, 'DIRECTORY_IN_USE')
})

test('a member of another network gets nothing', async () => {
  await captured(['init', '--home', place('foreign')])
  const foreign = { env: { P2PSTORE_HOME: place('foreign'), P2PSTORE_BOOTSTRAP: network.nodes[0]!.addresses[0]! } }
  await expectFailure(captured(['status'], foreign), 2, 'WRONG_NETWORK')
  expect((await network.run(['verify', place('cap')])).status).toBe(0)
})

test('a put goes on when nodes are killed while it runs, and what it stored reads back', async () => {
  let isKilled = false
  const stdin = Readable.from(
    (async function* () {
      for (let offset = 0; offset < data.length; offset += 200_000) {
        if (offset > 1_000_000 && !isKilled) {
          network.kill('node-5', 'node-6')
          isKilled = true
        }
        yield data.subarray(offset, offset + 200_000)
      }
    })(),
  )
  const args = ['put', '-', '--scheme', 'rs:2+2', '--shard-bytes', '64KiB', '--save', place('survivor.cap')]
  expect(await network.run(args, { stdin })).toMatchObject({ status: 0, stderr: expect.stringContaining('Stored') })
  expect((await network.run(['get', place('survivor.cap')])).stdout.equals(data)).toBe(true)
})

test('two nodes fewer: objects are read and verified as damaged; repair and rm do what they can', async () => {
  expect((await network.run(['get', place('cap')])).stdout.equals(data)).toBe(true)
  const verified = await network.run(['verify', place('cap')])
  expect(verified.status).toBe(4)
  expect(verified.stdout.toString()).toMatch(
    /^damaged: 8 of 12 shards are right, 4 missing, 0 wrong; 2 stripes at risk/,
  )
  const repaired = await network.run(['repair', place('cap')])
  expect(repaired.status).toBe(5)
  expect(repaired.stdout.toString()).toMatch(/^incomplete: rebuilt 0 shards .* no node for 4 shards/)
})

test('more losses than the scheme survives: get fails, and leaves no file', async () => {
  network.kill('node-4')
  await expectFailure(network.run(['get', place('cap'), place('lost')]), 5, /NOT_ENOUGH_SHARDS|OBJECT_UNREACHABLE/)
  expect((await readdir(folder)).filter((name) => name.startsWith('lost'))).toEqual([])
  await expectFailure(network.run(['put', place('data')]), 5, 'TOO_FEW_NODES')
})

test('up tells which nodes have died, stops clean, and brings the same network back', async () => {
  expect(network.told).toMatch(/node-[56] was ended by SIGKILL\n/)
  expect(network.told).toMatch(/node-4 was ended by SIGKILL\n/)
  expect(await network.stop()).toBe(0)
  expect(network.nodes.filter(({ pid }) => isRunning(pid))).toEqual([])
  const before = network.nodes
  network = await UpProcess.start(place('net'))
  expect(network.nodes.map(({ addresses }) => addresses)).toEqual(before.map(({ addresses }) => addresses))
  expect((await network.run(['get', place('cap')])).stdout.equals(data)).toBe(true)
  expect((await network.run(['verify', place('cap')])).status).toBe(0)
})

test('bytes that have changed on a disk are noticed, read around, and repaired', async () => {
  await network.run(['put', place('data'), '--scheme', 'rs:2+1', '--save', place('flipped.cap')])
  await flipNewestBytes(join(network.nodes[1]!.home, 'store'))
  const verified = await network.run(['verify', place('flipped.cap'), '--json'])
  const { wrongShards, isHealthy, stripesLost } = JSON.parse(verified.stdout.toString())
  expect({ status: verified.status, isHealthy, stripesLost }).toEqual({ status: 4, isHealthy: false, stripesLost: 0 })
  expect(wrongShards).toBeGreaterThan(0)
  expect((await network.run(['get', place('flipped.cap')])).stdout.equals(data)).toBe(true)
  const repaired = await network.run(['repair', place('flipped.cap')])
  expect(repaired).toMatchObject({ status: 0, stderr: '' })
  expect(repaired.stdout.toString()).toMatch(/^complete: rebuilt \d+ shards/)
  expect((await network.run(['verify', place('flipped.cap')])).status).toBe(0)
})

test('a deleted object is not found', async () => {
  expect((await network.run(['rm', place('cap')])).status).toBe(0)
  for (const verb of ['get', 'stat', 'verify', 'repair', 'rm']) {
    await expectFailure(network.run([verb, place('cap')]), 3, 'OBJECT_NOT_FOUND')
  }
})

test('when up is killed its nodes end too', async () => {
  await network.killParent()
  await expect.poll(() => network.nodes.filter(({ pid }) => isRunning(pid)), { timeout: 10_000 }).toEqual([])
})

function place(name: string): string {
  return join(folder, name)
}

async function expectFailure(run: Promise<Ran>, status: number, code: string | RegExp): Promise<void> {
  const ran = await run
  expect(ran.stderr).toMatch(/^p2pstore: [^\n]+ \[[A-Z_]+\]\n$/)
  expect(ran.stderr).toMatch(typeof code === 'string' ? `[${code}]` : code)
  expect({ status: ran.status, stdout: ran.stdout.toString() }).toEqual({ status, stdout: '' })
}

/** Damages the shard data that was written last. */
async function flipNewestBytes(store: string): Promise<void> {
  const names = (await readdir(store, { recursive: true })).map((name) => join(store, name))
  const files = await Promise.all(names.map(async (name) => ({ name, stats: await stat(name) })))
  const [newest] = files
    .filter(({ stats }) => stats.isFile() && stats.size > 100_000)
    .sort((a, b) => b.stats.mtimeMs - a.stats.mtimeMs)
  await using file = await open(newest!.name, 'r+')
  const flipped = Buffer.alloc(4096)
  const position = newest!.stats.size - 100_000
  await file.read(flipped, 0, flipped.length, position)
  await file.write(
    flipped.map((byte) => byte ^ 0xff),
    0,
    flipped.length,
    position,
  )
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
