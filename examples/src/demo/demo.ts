/**
 * The main job, end to end, over real processes and real sockets: six nodes store a file and keep it, while some are
 * killed, a stored shard is damaged, others take their place, and more are killed. Ends with status 0 when every byte came
 * back each time, and leaves neither process nor file behind.
 */
import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Client,
  createClient,
  foundNetwork,
  inviteFrom,
  joinNetwork,
  openHome,
  systemClock,
  systemRandom,
} from 'p2pstore'
import { damageShard } from './damage.ts'
import { NodeProcess } from './node-process.ts'
import { Report, speedOf } from './report.ts'

const scheme = 'rs:4+2'
const fileBytes = 64 << 20
const grant = { role: 'storage', expiresAtMs: 0 } as const

interface Stored {
  readonly name: string
  readonly bytes: Uint8Array
  capability: string
}

interface Stage {
  readonly directory: string
  readonly nodes: NodeProcess[]
  readonly files: readonly Stored[]
  client: Client | undefined
}

async function story(stage: Stage, report: Report): Promise<void> {
  const { nodes, files } = stage
  await report.step('start 6 nodes, each a process of its own', () => startNodes(stage, 6))
  await report.step('connect a client', () => connect(stage))
  for (const file of files) await report.step(`store ${file.name} as ${scheme}`, () => store(stage, file))
  await report.step('kill 2 nodes with SIGKILL', () => killNodes(nodes, 2))
  for (const file of files) await report.step(`read ${file.name} back`, () => readBack(stage, file))
  await report.step('start one of the 2 again, on what its disk kept', () => restartNode(stage))
  await report.step('flip bytes of a stored shard on the disk of a node', () => damage(stage))
  for (const file of files) await report.step(`read ${file.name} back`, () => readBack(stage, file))
  await report.step('start 2 new nodes', () => startNodes(stage, 2))
  for (const file of files) await report.step(`repair ${file.name}`, () => repair(stage, file))
  await report.step('kill 2 more nodes with SIGKILL', () => killNodes(nodes, 2))
  for (const file of files) await report.step(`read ${file.name} back`, () => readBack(stage, file))
}

async function startNodes(stage: Stage, count: number): Promise<string> {
  const { nodes, directory } = stage
  const homes = Array.from({ length: count }, (_, more) => join(directory, `node-${nodes.length + more + 1}`))
  if (nodes.length === 0) nodes.push(await startFounder(homes.shift() as string))
  nodes.push(...(await Promise.all(homes.map((home) => startInvited(home, nodes)))))
  await stage.client?.waitForNodes(running(nodes).length)
  return `${running(nodes).length} nodes run`
}

async function startFounder(home: string): Promise<NodeProcess> {
  await foundNetwork(home, systemRandom)
  return NodeProcess.start(home)
}

async function startInvited(home: string, nodes: readonly NodeProcess[]): Promise<NodeProcess> {
  const founder = nodes[0] as NodeProcess
  const bootstrap = running(nodes).flatMap(({ addresses }) => addresses)
  await joinNetwork(
    home,
    await inviteFrom(await openHome(founder.home, systemClock), grant, bootstrap, systemRandom),
    systemRandom,
  )
  return NodeProcess.start(home)
}

async function connect(stage: Stage): Promise<string> {
  const founder = stage.nodes[0] as NodeProcess
  stage.client = await createClient({ directory: founder.home })
  await stage.client.waitForNodes(stage.nodes.length)
  return `knows ${stage.client.status().members.length} nodes`
}

async function store({ client }: Stage, file: Stored): Promise<string> {
  const receipt = await (client as Client).put(file.bytes, { scheme })
  file.capability = receipt.capability
  return `${receipt.storedShards} shards acknowledged, ${speedOf(receipt.objectBytes, receipt.elapsedMs / 1000)}`
}

async function killNodes(nodes: readonly NodeProcess[], count: number): Promise<string> {
  await Promise.all(
    running(nodes)
      .slice(0, count)
      .map((node) => node.kill()),
  )
  return `${running(nodes).length} nodes run`
}

/** With two of six nodes gone, rs:4+2 could not survive the damage that comes next as well. */
async function restartNode({ client, nodes }: Stage): Promise<string> {
  const killed = nodes.findIndex(({ isRunning }) => !isRunning)
  nodes[killed] = await NodeProcess.start((nodes[killed] as NodeProcess).home)
  await client?.waitForNodes(running(nodes).length)
  return `${running(nodes).length} nodes run`
}

async function readBack({ client }: Stage, { bytes, capability }: Stored): Promise<string> {
  const startedMs = performance.now()
  const hash = createHash('sha256')
  let readBytes = 0
  for await (const piece of (client as Client).get(capability)) {
    hash.update(piece)
    readBytes += piece.length
  }
  const speed = speedOf(readBytes, (performance.now() - startedMs) / 1000)
  const expected = createHash('sha256').update(bytes).digest('hex')
  const actual = hash.digest('hex')
  if (actual !== expected) throw new Error(`${readBytes} bytes with sha256 ${actual} came back instead of ${expected}`)
  return `identical, sha256 ${actual.slice(0, 12)}…, ${speed}`
}

/**
 * Damages a data shard that a node which still runs would be asked for first. A busy node may have been given up while it
 * stored a shard, which is then on another node too, and not wrong for the network: then one of another stripe is damaged.
 */
async function damage({ client, nodes, files }: Stage): Promise<string> {
  const { capability } = files[0] as Stored
  const damagedStripes = new Set<number>()
  let found: unknown = 'no shard on a node that runs'
  for await (const shard of (client as Client).locate(capability)) {
    const holder = running(nodes).find(({ peerId }) => peerId === shard.peerId)
    if (holder === undefined || damagedStripes.has(shard.stripe)) continue
    damagedStripes.add(shard.stripe)
    await damageShard(holder.home, shard)
    const report = await (client as Client).verify(capability)
    if (report.wrongShards === 1) return 'verify finds 1 wrong shard'
    found = report
  }
  throw new Error(`verify does not find 1 wrong shard, but ${JSON.stringify(found)}`)
}

async function repair({ client }: Stage, { capability }: Stored): Promise<string> {
  const { isComplete, rebuiltShards, rebuiltBytes } = await (client as Client).repair(capability)
  const { isHealthy } = await (client as Client).verify(capability)
  if (!isComplete || !isHealthy) throw new Error('shards are still missing')
  return `${rebuiltShards} shards rebuilt, ${(rebuiltBytes / 2 ** 20).toFixed(1)} MiB; healthy again`
}

function running(nodes: readonly NodeProcess[]): NodeProcess[] {
  return nodes.filter(({ isRunning }) => isRunning)
}

async function cleanUp({ client, directory, nodes }: Stage): Promise<void> {
  await client?.close()
  await Promise.all(nodes.map((node) => node.kill()))
  await rm(directory, { recursive: true, force: true })
  if (running(nodes).length > 0 || existsSync(directory)) throw new Error('something was left behind')
}

console.log('p2pstore: six nodes keep a file while some of them are lost\n')
const readme = await readFile(new URL('../../../README.md', import.meta.url))
const stage: Stage = {
  directory: await mkdtemp(join(tmpdir(), 'p2pstore-demo-')),
  nodes: [],
  files: [
    { name: 'a file of 64 MiB', bytes: randomBytes(fileBytes), capability: '' },
    { name: 'README.md', bytes: readme, capability: '' },
  ],
  client: undefined,
}
const report = new Report()
try {
  await story(stage, report)
  await cleanUp(stage)
  report.close()
} catch (failure) {
  await cleanUp(stage).catch(() => {})
  console.error(`\nThe demo failed. ${failure instanceof Error ? failure.message : failure}`)
  for (const node of stage.nodes) console.error(node.log)
  process.exitCode = 1
}
