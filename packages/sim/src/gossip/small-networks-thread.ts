import { parentPort, workerData } from 'node:worker_threads'
import { calm } from './figures/calm.ts'
import { healing } from './figures/healing.ts'
import { prediction } from './figures/prediction.ts'
import type { Measurement } from './figures/world.ts'
import type { SmallNetworks, ThreadMessage } from './small-networks.ts'

const healingNodes = 400
const predictionNodes = 1_000
const calmNodes = 100

const { nodes, seed, nodeHours } = workerData as SmallNetworks

function tell(message: ThreadMessage): void {
  parentPort?.postMessage(message)
}

function upTo(most: number, name: string): Measurement {
  return { nodes: Math.min(nodes, most), seed, progress: (text) => tell({ progress: `${name}: ${text}` }) }
}

tell({
  figures: [
    await healing(upTo(healingNodes, 'healing')),
    await prediction(upTo(predictionNodes, 'prediction')),
    await calm({ ...upTo(calmNodes, 'calm'), nodeHours }),
  ],
})
