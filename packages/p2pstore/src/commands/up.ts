/**
 * A whole network on this machine, for trying things out: a process for each node, all stopped together. One that dies
 * meanwhile is reported and left alone.
 */
import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { Act } from '../act.ts'
import { CommandError } from '../command-error.ts'
import { interruption } from '../interruption.ts'
import type { NodeProcess, ReadyNode } from '../node-process.ts'
import type { Session } from '../session.ts'
import { formatTable } from '../table.ts'

interface UpFlags {
  readonly nodes?: string
  readonly dir: string
}

const defaultNodes = 6
/** Each takes a process of some 100 MiB. */
const maximumNodes = 64

export function addUp(program: Command, act: Act): void {
  program
    .command('up')
    .description('run a whole network of nodes on this machine until interrupted')
    .option('--nodes <count>', `how many (default: those that the folder has, else ${defaultNodes})`)
    .requiredOption('--dir <folder>', 'folder of their homes; used again, it brings the same network back')
    .action(act(up))
}

async function up(session: Session, flags: UpFlags): Promise<void> {
  const folder = resolve(flags.dir)
  const wanted = flags.nodes === undefined ? undefined : parseCount(flags.nodes)
  const nodes: NodeProcess[] = []
  try {
    const ready = startAll(session, folder, wanted, nodes)
    if ((await Promise.race([ready, interruption(session.signal)])) === undefined) return
    announce(session, nodes, await ready)
    const ends = nodes.map(async ({ name, ended }) => {
      const end = await ended
      if (!session.signal.aborted) session.warn(`${name} ${end}`)
    })
    await Promise.race([Promise.all(ends), interruption(session.signal)])
    if (!session.signal.aborted) throw new CommandError('NODE_FAILED', 'none of the nodes is left')
  } finally {
    await Promise.all(nodes.map((node) => node.stop()))
  }
}

/** The first node before the others, which find the network at its address. */
async function startAll(
  session: Session,
  folder: string,
  wanted: number | undefined,
  nodes: NodeProcess[],
): Promise<ReadyNode[]> {
  const { settings, signal, surroundings } = session
  const { countHomes, homeOf, isRevoked, makeFirstHome, makeHome } = await import('../local-network.ts')
  const { NodeProcess } = await import('../node-process.ts')
  const flags = settings.logLevel === undefined ? [] : ['--log-level', settings.logLevel]
  const start = (node: number): NodeProcess => {
    signal.throwIfAborted()
    const started = new NodeProcess({ name: `node-${node}`, home: homeOf(folder, node), flags }, surroundings)
    nodes.push(started)
    return started
  }
  const present = await countHomes(folder)
  const count = Math.max(present, wanted ?? (present || defaultNodes))
  if (present === 0) await makeFirstHome(folder)
  const first = await start(1).ready
  for (let node = Math.max(2, present + 1); node <= count; node += 1) await makeHome(folder, node, first.addresses)
  const others: Promise<ReadyNode>[] = []
  for (let node = 2; node <= count; node += 1) {
    if (await isRevoked(homeOf(folder, node)))
      session.warn(`node-${node} was put out of the network and is not started`)
    else others.push(start(node).ready)
  }
  return [first, ...(await Promise.all(others))]
}

function announce(session: Session, nodes: readonly NodeProcess[], ready: readonly ReadyNode[]): void {
  const [first] = nodes
  const seen = nodes.map(({ name, home, pid }, index) => ({ name, home, pid, ...ready[index] }))
  const rows = seen.map(({ name, pid, addresses }) => [name, `process ${pid}`, addresses?.[0] ?? ''])
  session.report({ event: 'ready', home: first?.home, nodes: seen }, formatTable(rows))
  session.note(`
The network is up. In another shell:

  export P2PSTORE_HOME=${first?.home}
  p2pstore status
  p2pstore put README.md --save readme.cap
  p2pstore get readme.cap copy.md

Ctrl-C stops them; the same command brings them back.`)
}

function parseCount(text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count >= 1 && count <= maximumNodes) return count
  throw new CommandError('USAGE', `--nodes: ${JSON.stringify(text)} is not a whole number in 1 … ${maximumNodes}`)
}
