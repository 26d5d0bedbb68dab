/**
 * The homes of a network whose nodes all run on this machine: D/node-1, D/node-2, … The first is where the network was
 * founded, the others have joined by invites of it. Each has a config.toml with a port of its own, chosen once, so that the
 * network comes back under the same addresses, and any of the nodes can also be run by hand.
 */
import { readdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { foundNetwork, inviteFrom, joinNetwork, openHome, systemClock, systemRandom } from '@p2pstore/node'

const loopback = '127.0.0.1'
const forever = { role: 'storage', expiresAtMs: 0 } as const
/** Below the ports that systems give to outgoing connections, which could take one while its node is down. */
const ports = { lowest: 10_000, count: 22_000 } as const

/** How many homes there are. */
export async function countHomes(folder: string): Promise<number> {
  const names = new Set(await readdir(folder).catch(() => []))
  let count = 0
  while (names.has(`node-${count + 1}`)) count += 1
  return count
}

/** The home of one node, counted from 1. */
export function homeOf(folder: string, node: number): string {
  return join(folder, `node-${node}`)
}

/** Founds the network in the home of the first node. @throws HomeError */
export async function makeFirstHome(folder: string): Promise<void> {
  const home = homeOf(folder, 1)
  await foundNetwork(home, systemRandom)
  await chooseAddress(home)
}

/**
 * Makes another node's home a member of the network.
 * @param bootstrap where the network can be found
 * @throws HomeError
 */
export async function makeHome(folder: string, node: number, bootstrap: readonly string[]): Promise<void> {
  const home = homeOf(folder, node)
  const founder = await openHome(homeOf(folder, 1), systemClock)
  await joinNetwork(home, await inviteFrom(founder, forever, bootstrap, systemRandom), systemRandom)
  await chooseAddress(home)
}

/** Whether the authority has put the node of this home out of the network. */
export async function isRevoked(home: string): Promise<boolean> {
  const { roll, identity } = await openHome(home, systemClock)
  return roll.isRevoked(identity.peerId)
}

async function chooseAddress(home: string): Promise<void> {
  const address = `/ip4/${loopback}/tcp/${await freePort()}`
  await writeFile(join(home, 'config.toml'), `[node]\nlisten = ["${address}"]\n`)
}

/** A port that nobody listens on now. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = ports.lowest + (systemRandom.uint32() % ports.count)
    if (await isFree(port)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, loopback, () => server.close(() => resolve(true)))
  })
}
