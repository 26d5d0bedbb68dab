import { type Figure, figure } from './figure.ts'
import { createWorld, type Measurement } from './world.ts'

/** Rounds are rare, probes as frequent as ever: refutations have to come by themselves. */
const roundIntervalMs = 10_000
const lookMs = 2_000
const hourMs = 3_600_000

export interface Calm extends Measurement {
  readonly nodeHours: number
  /** Of a thousand messages. Default 100. */
  readonly lossPerMille?: number
}

/** Whether anybody is ever taken for down while everybody is well, though messages get lost. */
export async function calm({ nodeHours, lossPerMille = 100, ...measurement }: Calm): Promise<Figure> {
  const { nodes, progress } = measurement
  const { clock, network } = createWorld({ ...measurement, lossPerMille, purpose: 'calm', roundIntervalMs })
  await network.start()
  const deaths = new Set<string>()
  const endMs = clock.monotonicMs() + (nodeHours / nodes) * hourMs
  for (let looks = 1; clock.monotonicMs() < endMs; looks++) {
    await clock.advance(lookMs)
    const nowMs = clock.monotonicMs()
    for (const { view, peerId } of network.nodes) {
      for (const subject of network.nodes) {
        if (view.availability(subject.peerId, nowMs) === 'down') deaths.add(`${subject.peerId} by ${peerId}`)
      }
    }
    if (looks % 180 === 0) progress?.(`${Math.round((nodes * nowMs) / hourMs)} node-hours, ${deaths.size} false deaths`)
  }
  network.stop()
  return figure(`false deaths in ${nodeHours} node-hours at ${lossPerMille / 10} % loss`, deaths.size, 0, '')
}
