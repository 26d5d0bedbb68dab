/**
 * Where a process spends its processor time: V8's sampling profiler says what the main thread does, and the system how long
 * that thread and all of them were really on a processor, which on a busy machine is less than passed between two samples.
 */
import { readFile } from 'node:fs/promises'
import { type Profiler, Session } from 'node:inspector/promises'
import { type Part, partOf, parts } from './parts.ts'

const samplingIntervalUs = 500

/** CPU seconds. */
export interface CpuByPart {
  readonly mainThread: Readonly<Record<Part, number>>
  /** Threads that write to disk, and those that help the collector. */
  readonly otherThreads: number
}

interface Running {
  readonly session: Session
  readonly mainThreadSeconds: number
  readonly processSeconds: number
}

let running: Running | undefined

export async function startProfile(): Promise<void> {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: samplingIntervalUs })
  await session.post('Profiler.start')
  running = { session, mainThreadSeconds: await mainThreadSeconds(), processSeconds: processSeconds() }
}

export async function stopProfile(): Promise<CpuByPart> {
  if (running === undefined) throw new Error('no profile is being taken')
  const { session, ...before } = running
  const mainThread = (await mainThreadSeconds()) - before.mainThreadSeconds
  const all = processSeconds() - before.processSeconds
  const { profile } = await session.post('Profiler.stop')
  session.disconnect()
  running = undefined
  const shares = sharesOf(profile)
  const seconds = Object.fromEntries(parts.map((part) => [part, shares[part] * mainThread]))
  return { mainThread: seconds as Record<Part, number>, otherThreads: Math.max(0, all - mainThread) }
}

/** How the samples in which the main thread was not idle divide. */
function sharesOf({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): Record<Part, number> {
  const partById = partsByNode(nodes)
  const shares = Object.fromEntries(parts.map((part) => [part, 0])) as Record<Part, number>
  let busyUs = 0
  for (const [index, id] of samples.entries()) {
    const part = partById.get(id)
    if (part === undefined) continue
    const elapsedUs = timeDeltas[index + 1] ?? samplingIntervalUs
    shares[part] += elapsedUs
    busyUs += elapsedUs
  }
  for (const part of parts) shares[part] /= Math.max(1, busyUs)
  return shares
}

/** Without the nodes that are idleness. */
function partsByNode(nodes: readonly Profiler.ProfileNode[]): Map<number, Part> {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const found = new Map<number, Part>()
  const visit = (node: Profiler.ProfileNode, inherited: Part): void => {
    if (node.callFrame.functionName === '(idle)') return
    const part = partOf(node.callFrame) ?? inherited
    found.set(node.id, part)
    for (const id of node.children ?? []) visit(byId.get(id) as Profiler.ProfileNode, part)
  }
  const [root] = nodes
  if (root !== undefined) visit(root, 'the rest')
  return found
}

/** Linux tells it; elsewhere all threads are taken for the main one. */
async function mainThreadSeconds(): Promise<number> {
  const text = await readFile(`/proc/self/task/${process.pid}/schedstat`, 'utf8').catch(() => undefined)
  return text === undefined ? processSeconds() : Number(text.split(' ')[0]) / 1e9
}

function processSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}
