import { systemClock } from '../clock/system-clock.ts'
import type { StorageNode } from '../storage-node.ts'
import { healthPage } from './health.ts'
import { HttpFace } from './http-face.ts'

/** Tells outsiders how a node is, for as long as it runs. @returns where @throws FaceError */
export async function openHealthFace(node: StorageNode, listen: string): Promise<string> {
  const figures = () => {
    const { user, system } = process.cpuUsage()
    return { residentBytes: process.memoryUsage.rss(), cpuSeconds: (user + system) / 1e6 }
  }
  const face = new HttpFace({ listen, clock: systemClock, page: healthPage(node, figures) })
  const address = await face.start()
  node.closed.addEventListener('abort', () => void face.close(), { once: true })
  return address
}
