/**
 * What state is to achieve, each figure measured in a network made for it. Rounds are counted as mean rounds of the nodes,
 * which take longer than their shortest interval when there is much to tell.
 */
import { foretoldUs, type ManualClock, manualClock } from '@p2pstore/node/memory'
import { Dice } from '../dice.ts'
import { syntheticInternet } from './internet.ts'
import { GossipNetwork, type NetworkOptions, type SimulatedNode } from './network.ts'

export interface Figure {
  readonly what: string
  readonly value: number
  /** At most. */
  readonly target: number
  readonly unit: string
  readonly passed: boolean
}

/** Up to so many nodes are one group; more are split into groups of a hundred. */
const largestGroup = 1_500
const groupSize = 100
/** Until elections are over and those elected are known everywhere. */
const warmUpMs = 12_000
const stepMs = 250
const tooLongMs = 120_000

/** Spread of updates, crashes, and what it all costs. @returns the trace of the run with the figures */
export async function spread(
  nodes: number,
  seed: number,
): Promise<{ figures: Figure[]; trace: string; messages: number }> {
  const groups = nodes <= largestGroup ? 1 : Math.ceil(nodes / groupSize)
  const { clock, network, dice } = createNetwork({ nodes, groups, seed, purpose: 'spread' })
  await network.start()
  await clock.advance(warmUpMs)

  const [startMs, startBytes, startRounds] = [clock.monotonicMs(), network.sentBytes, roundsOf(network)]
  await clock.advance(10_000)
  const seconds = (clock.monotonicMs() - startMs) / 1000
  const roundMs = (1000 * seconds * nodes) / (roundsOf(network) - startRounds)
  const kilobytes = (network.sentBytes - startBytes) / nodes / seconds / 1000

  const updateMs = await update(clock, network, dice, groups > 1)
  const crashMs = await crash(clock, network, dice)
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
  return { figures, trace: network.trace, messages: network.messages }
}

/** How long until all but one of a hundred know of a change: of an elected member, when only those are known everywhere. */
async function update(clock: ManualClock, network: GossipNetwork, dice: Dice, isElected: boolean): Promise<number> {
  const source = dice.pick(
    network.nodes.filter(({ view, peerId }) => !isElected || view.record(peerId)?.summary !== undefined),
  )
  const before = source.view.record(source.peerId)!.version
  source.tags = ['changed']
  while (source.view.record(source.peerId)!.version === before) await clock.advance(10)
  const startMs = clock.monotonicMs()
  const version = source.view.record(source.peerId)!.version
  const knows = ({ view }: SimulatedNode): boolean => (view.record(source.peerId)?.version ?? 0) >= version
  await waitUntil(clock, () => network.nodes.filter(knows).length >= 0.99 * network.nodes.length)
  return clock.monotonicMs() - startMs
}

async function crash(clock: ManualClock, network: GossipNetwork, dice: Dice): Promise<number> {
  const victim = dice.pick(network.nodes)
  network.crash(victim)
  const startMs = clock.monotonicMs()
  const waiting = new Set(network.nodes.filter(({ isUp }) => isUp))
  await waitUntil(clock, () => {
    for (const node of waiting) {
      if (node.view.explain(victim.peerId, clock.monotonicMs()).availability === 'down') waiting.delete(node)
    }
    return waiting.size === 0
  })
  return clock.monotonicMs() - startMs
}

/** How many rounds until two halves of a group that could not talk for half a minute know the same. */
export async function healing(nodes: number, seed: number): Promise<Figure> {
  const { clock, network } = createNetwork({ nodes, groups: 1, seed, purpose: 'healing' })
  await network.start()
  await clock.advance(5_000)
  network.sideOf = (number) => number % 2
  await clock.advance(30_000)
  network.sideOf = undefined
  const [startMs, startRounds] = [clock.monotonicMs(), roundsOf(network)]
  const versions = network.nodes.map(({ peerId, view }) => [peerId, view.record(peerId)!.version] as const)
  const isLevel = ({ view }: SimulatedNode): boolean =>
    versions.every(([peerId, version]) => (view.record(peerId)?.version ?? 0) >= version)
  await waitUntil(clock, () => network.nodes.every(isLevel))
  const rounds = (roundsOf(network) - startRounds) / nodes
  network.stop()
  return figure(
    `rounds until views are equal after ${Math.round((clock.monotonicMs() - startMs) / 1000)} s`,
    rounds,
    10,
    'rounds',
  )
}

/** Whether anybody is ever taken for down while everybody is well, though one message in ten is lost. */
export async function calm(nodes: number, nodeHours: number, seed: number): Promise<Figure> {
  const options = { nodes, groups: 1, seed, purpose: 'calm', lossPerMille: 100, roundIntervalMs: 10_000 }
  const { clock, network } = createNetwork(options)
  await network.start()
  const deaths = new Set<string>()
  const endMs = clock.monotonicMs() + (nodeHours / nodes) * 3_600_000
  while (clock.monotonicMs() < endMs) {
    await clock.advance(2_000)
    const nowMs = clock.monotonicMs()
    for (const { view, peerId } of network.nodes) {
      for (const subject of network.nodes) {
        if (view.availability(subject.peerId, nowMs) === 'down') deaths.add(`${subject.peerId} by ${peerId}`)
      }
    }
  }
  network.stop()
  return figure(`false deaths in ${nodeHours} node-hours at 10 % loss`, deaths.size, 0, '')
}

/** How far foretold round trips are from the true ones, in the middle. */
export async function prediction(nodes: number, seed: number): Promise<Figure> {
  const options = { nodes, groups: 1, seed, purpose: 'prediction', roundIntervalMs: 4_000 }
  const { clock, network, roundTripUs } = createNetwork(options)
  await network.start()
  await clock.advance(400_000)
  const places = network.nodes.map(({ gossip }) => gossip.ping().coordinate)
  const errors: number[] = []
  for (let a = 0; a < nodes; a++) {
    for (let b = 0; b < a; b++) {
      const truth = roundTripUs(a, b)
      errors.push((100 * Math.abs(foretoldUs(places[a]!, places[b]!) - truth)) / truth)
    }
  }
  network.stop()
  errors.sort((a, b) => a - b)
  return figure('median error of foretold round trips', errors[errors.length >> 1]!, 15, '%')
}

function createNetwork({
  seed,
  purpose,
  ...options
}: Pick<NetworkOptions, 'nodes' | 'groups'> & Partial<NetworkOptions> & { seed: number; purpose: string }) {
  const clock = manualClock()
  const dice = new Dice(seed, purpose)
  const roundTripUs = syntheticInternet(options.nodes, () => dice.random.uint32())
  const network = new GossipNetwork({ clock, dice, roundTripUs, lossPerMille: 0, roundIntervalMs: 1_000, ...options })
  return { clock, dice, network, roundTripUs }
}

/** @throws Error when it is not so in time */
async function waitUntil(clock: ManualClock, isSo: () => boolean): Promise<void> {
  const limitMs = clock.monotonicMs() + tooLongMs
  while (!isSo()) {
    if (clock.monotonicMs() >= limitMs) throw new Error(`it is still not so after ${tooLongMs / 1000} s`)
    await clock.advance(stepMs)
  }
}

function roundsOf({ nodes }: GossipNetwork): number {
  return nodes.reduce((sum, { gossip }) => sum + gossip.rounds, 0)
}

function figure(what: string, value: number, target: number, unit: string): Figure {
  return { what, value: Math.round(value * 100) / 100, target, unit, passed: value <= target }
}
