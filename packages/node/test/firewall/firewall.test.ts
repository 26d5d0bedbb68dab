/**
 * Peers that can't dial each other, in networks of their own: Linux' network namespaces, which take root. Elsewhere these
 * tests are listed as skipped; test/transport/relay.test.ts has what can be tried on one loopback.
 */
import { type ChildProcessByStdio, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { isRelayed } from '../../src/peer-address.ts'
import type { Place, Task } from './peer-child.ts'

const hasNamespaces = spawnSync('unshare', ['--net', 'ip', 'link', 'set', 'lo', 'up']).status === 0
const script = fileURLToPath(new URL('peer-child.ts', import.meta.url))

/** Networks by name, each with addresses of its own, until the test is over. */
function makeNetworks(...names: string[]): (name: string) => string {
  const fullName = (name: string): string => `p2pstore-${process.pid}-${name}`
  for (const name of names) {
    ip('netns', 'add', fullName(name))
    onTestFinished(() => ip('netns', 'delete', fullName(name)))
    ip('-n', fullName(name), 'link', 'set', 'lo', 'up')
  }
  return fullName
}

function ip(...args: string[]): void {
  execFileSync('ip', args)
}

/** A cable between two networks. */
function join([left, leftAddress]: [string, string], [right, rightAddress]: [string, string], cable: string): void {
  const ends = [
    [left, leftAddress, `${cable}l${process.pid % 1e6}`],
    [right, rightAddress, `${cable}r${process.pid % 1e6}`],
  ] as const
  ip('link', 'add', ends[0][2], 'type', 'veth', 'peer', 'name', ends[1][2])
  for (const [network, address, device] of ends) {
    ip('link', 'set', device, 'netns', network)
    ip('-n', network, 'address', 'add', `${address}/24`, 'dev', device)
    ip('-n', network, 'link', 'set', device, 'up')
  }
}

/** Runs a peer in a network. @returns reads what it says, line by line */
function run(network: string, task: Task): () => Promise<Place & { over: string; answer: number[] }> {
  const node = [process.execPath, '--import=tsx', '--conditions=@p2pstore/source', script, JSON.stringify(task)]
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn('ip', ['netns', 'exec', network, ...node], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(async () => {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return async () => JSON.parse((await lines.next()).value ?? '{}')
}

test.runIf(hasNamespaces)(
  'two networks without a way between them meet at a relay that is in both',
  async () => {
    const network = makeNetworks('left', 'middle', 'right')
    join([network('left'), '10.91.1.2'], [network('middle'), '10.91.1.1'], 'a')
    join([network('right'), '10.91.2.2'], [network('middle'), '10.91.2.1'], 'b')
    const listen = ['/ip4/0.0.0.0/tcp/7420']
    const relay = await run(network('middle'), { listen, role: 'serve' })()
    const hidden = run(network('right'), { listen, role: 'use', relay })
    expect(await hidden()).toMatchObject({ over: expect.stringContaining('10.91.2.1') })
    const target = { ...(await hidden()), isUpgraded: false }
    expect(target.addresses).toContainEqual(expect.stringContaining('/ip4/10.91.2.2/tcp/7420'))
    const seeker = run(network('left'), { listen: [], role: 'off', target })
    await seeker()
    expect(await seeker()).toMatchObject({ answer: [42], over: expect.stringMatching('10.91.1.1.*/p2p-circuit') })
  },
  240_000,
)

test.runIf(hasNamespaces)(
  'a peer that was reached through a relay dials back, and both go on without',
  async () => {
    const network = makeNetworks('public')
    // Of addresses that are only for private use or examples, DCUtR tries none.
    for (const last of [1, 2]) ip('-n', network('public'), 'address', 'add', `9.91.0.${last}/32`, 'dev', 'lo')
    const listenOn = (last: number) => [`/ip4/9.91.0.${last}/tcp/7420`]
    const relay = await run(network('public'), { listen: listenOn(1), role: 'serve' })()
    const hidden = run(network('public'), { listen: [], role: 'use', relay })
    await hidden()
    const target = { ...(await hidden()), isUpgraded: true }
    expect(target.addresses.every(isRelayed)).toBe(true)
    const seeker = run(network('public'), { listen: listenOn(2), role: 'off', target })
    await seeker()
    expect(isRelayed((await seeker()).over)).toBe(true)
    const second = await seeker()
    expect(second.answer).toEqual([42])
    expect(isRelayed(second.over)).toBe(false)
  },
  240_000,
)
