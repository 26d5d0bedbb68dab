import type { SimulatedNode } from '../network.ts'
import { type Figure, figure } from './figure.ts'
import { createWorld, live, type Measurement, timeUntil } from './world.ts'

const partitionMs = 60_000

/** How many rounds until two halves of a group that could not talk for a minute know the same. */
export async function healing(measurement: Measurement): Promise<Figure> {
  const { clock, network } = createWorld({ ...measurement, purpose: 'healing' })
  await network.start()
  await clock.advance(5_000)
  network.wire.sideOf = (number) => number % 2
  await live(clock, partitionMs, measurement.progress)
  network.wire.sideOf = undefined
  const startRounds = network.rounds
  const versions = network.nodes.map(({ peerId, view }) => [peerId, view.record(peerId)!.version] as const)
  const isLevel = ({ view }: SimulatedNode): boolean =>
    versions.every(([peerId, version]) => (view.record(peerId)?.version ?? 0) >= version)
  const healedMs = await timeUntil(clock, () => network.nodes.every(isLevel))
  const rounds = (network.rounds - startRounds) / network.nodes.length
  network.stop()
  const what = `rounds, ${Math.round(healedMs / 1000)} s in all, until views are equal after a partition of ${partitionMs / 1000} s`
  return figure(what, rounds, 10, 'rounds')
}
