import { foretoldUs } from '@p2pstore/node/memory'
import { type Figure, figure } from './figure.ts'
import { createWorld, live, type Measurement } from './world.ts'

const roundIntervalMs = 4_000
const learningMs = 200_000

/** How far foretold round trips are from the true ones, in the middle. */
export async function prediction(measurement: Measurement): Promise<Figure> {
  const { clock, network, roundTripUs } = createWorld({ ...measurement, purpose: 'prediction', roundIntervalMs })
  await network.start()
  await live(clock, learningMs, measurement.progress)
  const places = network.nodes.map(({ gossip }) => gossip.coordinate)
  const errors: number[] = []
  for (let a = 0; a < places.length; a++) {
    for (let b = 0; b < a; b++) {
      const truth = roundTripUs(a, b)
      errors.push((100 * Math.abs(foretoldUs(places[a]!, places[b]!) - truth)) / truth)
    }
  }
  network.stop()
  errors.sort((a, b) => a - b)
  return figure('median error of foretold round trips', errors[errors.length >> 1]!, 15, '%')
}
