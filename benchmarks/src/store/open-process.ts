/** Opens a unit in a process that has done nothing else, and tells how long it took and what it holds in memory. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { serveJobs } from '../child.ts'
import { openUnit } from './open-unit.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

serveJobs({
  async open({ directory }: { directory: string }) {
    const before = await settledBytes()
    const startMs = performance.now()
    const cpu = process.cpuUsage()
    const unit = await openUnit(directory)
    const seconds = (performance.now() - startMs) / 1000
    const { user, system } = process.cpuUsage(cpu)
    const bytes = (await settledBytes()) - before
    const { shardCount } = unit.usage()
    await unit.close()
    return { seconds, cpuSeconds: (user + system) / 1e6, bytes, shardCount }
  },
})

/** What is in use when all that can go has gone. */
async function settledBytes(): Promise<number> {
  for (let turn = 0; turn < 3; turn++) {
    collect()
    await new Promise((resolve) => setImmediate(resolve))
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
