/**
 * How fast changes and crashes become known, and what it costs. Rounds are counted as mean rounds of the nodes, which take
 * longer than their shortest interval when there is much to tell.
 */
import { type GossipNetwork, isElected, type SimulatedNode } from '../network.ts'
import { type Figure, figure } from './figure.ts'
import { createWorld, live, type Measurement, timeUntil, type World } from './world.ts'

export interface Spread {
  readonly figures: readonly Figure[]
  /** The same again for the same seed. */
  readonly trace: string
  readonly messages: number
}

/** Up to so many nodes are one group; more are split into groups of a hundred. */
const largestGroup = 1_500
const groupSize = 100
const calmMs = 3_000

/** The update and the crash fall into the time over which traffic is measured. */
export async function spread(measurement: Measurement): Promise<Spread> {
  const { nodes, progress = () => {} } = measurement
  const groups = nodes <= largestGroup ? 1 : Math.ceil(nodes / groupSize)
  const world = createWorld({ ...measurement, groups, purpose: 'spread' })
  const { clock, network } = world
  await network.start()
  progress('the network has started')

  const [startMs, startBytes, startRounds] = [clock.monotonicMs(), network.sentBytes, network.rounds]
  await live(clock, calmMs, progress)
  const roundMs = ((clock.monotonicMs() - startMs) * nodes) / (network.rounds - startRounds)
  const updateMs = await update(world, groups > 1)
  progress('the update is known')
  const crashMs = await crash(world)
  const kilobytes = (network.sentBytes - startBytes) / nodes / (clock.monotonicMs() - startMs)
  network.stop()

  const figures = [
    figure(
      `rounds of ${(roundMs / 1000).toFixed(1)} s until an update is known to 99 %`,
      updateMs / roundMs,
      nodes > 1_000 ? 8 : 6,
      'rounds',
    ),
    figure('time until a crash is known to all', crashMs / 1000, groups > 1 ? 60 : 20, 's'),
    figure('sent by a node', kilobytes, nodes > 1_000 ? 40 : 20, 'KB/s'),
  ]
  return { figures, trace: network.wire.trace, messages: network.wire.messages }
}

/** Until all but one of a hundred know of a change: of an elected member, when only those are known everywhere. */
async function update({ clock, network, dice }: World, isOfElected: boolean): Promise<number> {
  const source = dice.pick(network.nodes.filter((node) => !isOfElected || isElected(node)))
  const version = (node: SimulatedNode): number => node.view.record(source.peerId)?.version ?? 0
  const before = version(source)
  source.tags = ['changed']
  while (version(source) === before) await clock.advance(10)
  const after = version(source)
  return timeUntil(clock, () => count(network, (node) => version(node) >= after) >= 0.99 * network.nodes.length)
}

/** How long until all others know that one is gone. */
export async function crash({ clock, network, dice }: World): Promise<number> {
  const victim = dice.pick(network.nodes)
  network.crash(victim)
  const waiting = new Set(network.nodes.filter(({ isUp }) => isUp))
  return timeUntil(clock, () => {
    const nowMs = clock.monotonicMs()
    for (const node of waiting) if (node.view.availability(victim.peerId, nowMs) === 'down') waiting.delete(node)
    return waiting.size === 0
  })
}

function count({ nodes }: GossipNetwork, suits: (node: SimulatedNode) => boolean): number {
  return nodes.reduce((sum, node) => sum + (suits(node) ? 1 : 0), 0)
}
