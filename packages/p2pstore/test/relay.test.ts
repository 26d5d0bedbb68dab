/** Nodes that can't be dialled, in a network of real processes: they listen on nothing and are reached through a relay. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { captured } from './captured-run.ts'
import { emptyFolder } from './folder.ts'
import { spawnMain } from './main-process.ts'

const isRelayedAndUp = (peer: { isRelayed: boolean; availability: string }): boolean =>
  peer.isRelayed && peer.availability === 'up'

/** Runs a node until the test is over. @returns its peer id */
async function startNode(home: string, ...flags: string[]): Promise<string> {
  const child = spawnMain(['node', '--home', home, '--json', '--capacity', '64MiB', ...flags])
  onTestFinished(async () => {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  })
  const told: string[] = []
  child.stderr.on('data', (piece: Buffer) => told.push(String(piece)))
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    once(child, 'exit').then(() => Promise.reject(new Error(`the node did not start: ${told.join('')}`))),
  ])
  return JSON.parse(line).peerId
}

test('nodes that listen on nothing store and serve shards through a relay, and others are preferred', async () => {
  const folder = await emptyFolder()
  const relay = join(folder, 'relay')
  let stdin = ''
  const run = async (...args: string[]) => {
    const { status, stdout, stderr } = await captured([...args, '--home', relay, '--json'], { stdin })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    return JSON.parse(String(stdout))
  }
  await captured(['init', '--home', relay])
  await startNode(relay, '--listen', '/ip4/127.0.0.1/tcp/0', '--relay', 'serve')
  const { invite } = await run('invite')
  const hidden: string[] = []
  for (const name of ['one', 'two']) {
    const home = join(folder, name)
    expect(await captured(['join', '-', '--home', home], { stdin: invite })).toMatchObject({ status: 0 })
    await writeFile(join(home, 'config.toml'), '[node]\nlisten = []\nrelay = "use"\n')
    hidden.push(await startNode(home))
  }
  const relayedSeen = async () => (await run('peers')).peers.filter(isRelayedAndUp).length
  await expect.poll(relayedSeen, { timeout: 60_000 }).toBe(2)

  const source = join(folder, 'source')
  const bytes = randomBytes(3_000_000)
  await writeFile(source, bytes)
  const { capability } = await run('put', source, '--scheme', 'rs:2+1', '--shard-bytes', '256KiB')
  stdin = capability
  const got = await captured(['get', '-', '--home', join(folder, 'one')], { stdin: capability })
  expect(got.stdout.equals(bytes)).toBe(true)
  expect(await run('verify', '-')).toMatchObject({ isHealthy: true, goodShards: 18 })
  const { shards } = await run('explain', 'placement', 'key', '--scheme', 'mirror:1')
  expect(shards).toEqual([expect.objectContaining({ node: expect.objectContaining({ isRelayed: false }) })])
}, 180_000)
