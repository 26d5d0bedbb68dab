/**
 * What is secret stays in its files: nothing that a node and all commands write, at the most talkative level and when they
 * fail, and none of their arguments, has a key, a passphrase, an invite or a capability in it.
 */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { captured, type Ran, type RunOptions } from './captured-run.ts'
import { spawnMain } from './main-process.ts'

const passphrase = 'tremendous-cucumber-31'
let folder: string
let home: string
/** Everything that was told, but for results that are the secret itself. */
let told = ''
const secrets = new Set<string>([passphrase])
const place = (name: string): string => join(folder, name)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'p2pstore-'))
  home = place('home')
  await writeFile(place('passphrase'), `${passphrase}\n`, { mode: 0o600 })
  await writeFile(place('data'), 'what nobody else should read')
})
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))

async function run(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const ran = await captured([...args, '--home', home, '--log-level', 'debug'], options)
  told += ran.stderr
  return ran
}

const withPassphrase = { env: { P2PSTORE_PASSPHRASE: passphrase } }

/** The forms in which a seed could get out. */
function noteSeed(line: string): void {
  const seed = Buffer.from(line.trim().split(' ')[1]!, 'base64url')
  expect(seed).toHaveLength(32)
  for (const form of ['base64url', 'base64', 'hex', 'latin1'] as const) secrets.add(seed.toString(form))
  secrets.add([...seed].join(','))
  secrets.add([...seed].join(', '))
}

test('a home is founded, and its keys are put under a passphrase', async () => {
  expect((await run(['init'])).status).toBe(0)
  for (const name of ['identity.key', 'authority.key']) noteSeed(await readFile(join(home, name), 'utf8'))
  expect(await run(['protect'])).toMatchObject({ status: 2, stderr: expect.stringContaining('[USAGE]') })
  expect((await run(['protect', '--passphrase-file', place('passphrase')])).status).toBe(0)
  for (const name of ['identity.key', 'authority.key']) {
    expect(await readFile(join(home, name), 'utf8')).toMatch(/^p2pstore-identity-2 /)
  }
})

test('nothing goes without the passphrase, or with another', async () => {
  for (const verb of ['status', 'node', 'id', 'members']) {
    expect((await run([verb])).stderr).toContain('[PASSPHRASE_MISSING]')
  }
  const wrong = await run(['status'], { env: { P2PSTORE_PASSPHRASE: 'tremendous-cucumber-32' } })
  expect(wrong).toMatchObject({ status: 2, stderr: expect.stringContaining('[PASSPHRASE_WRONG]') })
})

test.runIf(process.platform !== 'win32')('a key that others may read is refused, protected or not', async () => {
  await chmod(join(home, 'identity.key'), 0o644)
  expect((await run(['status'], withPassphrase)).stderr).toContain('[IDENTITY_EXPOSED]')
  await chmod(join(home, 'identity.key'), 0o600)
})

test('a node and commands run, work and fail, and tell no secret', async () => {
  const listen = ['--listen', '/ip4/127.0.0.1/tcp/0', '--health', '127.0.0.1:0']
  const args = ['node', '--home', home, ...listen, '--log-level', 'debug', '--json']
  const node = spawnMain(args, { P2PSTORE_PASSPHRASE: passphrase })
  for (const stream of [node.stdout, node.stderr]) stream.on('data', (piece: Buffer) => (told += piece))
  try {
    await once(createInterface({ input: node.stdout }), 'line')
    const invite = (await run(['invite'], withPassphrase)).stdout.toString().trim()
    const put = await run(['put', place('data'), '--scheme', 'mirror:1'], withPassphrase)
    const capability = put.stdout.toString().trim()
    expect(invite).toMatch(/^p2pstore_invite1_\w{100,}$/)
    expect(capability).toMatch(/^p2pstore_r1_\w{40,}$/)
    for (const text of [invite, capability]) secrets.add(text).add(text.slice(0, 60)).add(text.slice(-24))
    const given = { ...withPassphrase, stdin: capability }
    expect((await run(['get', '-', place('copy')], given)).status).toBe(0)
    await run(['get', '-', place('copy')], given)
    await run(['verify', '-'], { ...withPassphrase, stdin: capability.slice(0, -3) })
    await run(['get', capability], withPassphrase)
    await run(['join', invite])
    await captured(['join', '-', '--home', place('second')], { stdin: invite })
    noteSeed(await readFile(join(place('second'), 'identity.key'), 'utf8'))
    await captured(['join', '-', '--home', place('third')], { stdin: invite.slice(0, -5) }).then(
      ({ stderr }) => (told += stderr),
    )
    told += (await run(['members', '--json'], withPassphrase)).stdout
    told += (await run(['rotate', '--json'], withPassphrase)).stdout
    for (const args of [['status'], ['peers'], ['links'], ['unit', 'list'], ['scrub'], ['members']]) {
      told += (await run([...args, '--json'], withPassphrase)).stdout
    }
    for (const args of [
      ['revoke', invite],
      ['put', place('nothing')],
      ['rm', '-'],
      ['stat', place('passphrase')],
    ]) {
      const failed = await run([...args, '--json'], { ...withPassphrase, stdin: `${capability}x` })
      expect(failed.status).not.toBe(0)
      told += failed.stdout
    }
    const health = (): string | undefined => /"address":"(127\.0\.0\.1:\d+)"/.exec(told)?.[1]
    await expect.poll(health, { timeout: 30_000 }).toBeDefined()
    for (const page of ['health', 'metrics', capability])
      told += await (await fetch(`http://${health()}/${page}`)).text()
    expect(told).toContain('# TYPE p2pstore_')
    if (process.platform !== 'win32') told += execFileSync('ps', ['-o', 'args=', '-p', String(node.pid)])
  } finally {
    node.kill('SIGINT')
    await once(node, 'exit')
  }
  expect(told.length).toBeGreaterThan(1_000)
  for (const secret of secrets) expect(told.includes(secret), `${secret.slice(0, 4)}…`).toBe(false)
})

test('a rotated key is protected as the old one was, and protection can be taken off', async () => {
  expect(await readFile(join(home, 'authority.key'), 'utf8')).toMatch(/^p2pstore-identity-2 /)
  expect((await run(['protect', '--off'], withPassphrase)).status).toBe(0)
  expect(await readFile(join(home, 'authority.key'), 'utf8')).toMatch(/^p2pstore-identity-1 /)
  expect((await run(['id'])).status).toBe(0)
})
