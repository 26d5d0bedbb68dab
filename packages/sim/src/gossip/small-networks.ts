import { Worker } from 'node:worker_threads'
import type { Figure } from './figures/figure.ts'
import type { Progress } from './figures/world.ts'

/** Networks that are smaller than the one asked for, because what is measured in them would take it long to show. */
export interface SmallNetworks {
  /** At most; each figure has a size of its own. */
  readonly nodes: number
  readonly seed: number
  readonly nodeHours: number
}

/** What the thread says: how far it has come, and in the end what it has found. */
export type ThreadMessage = { readonly progress: string } | { readonly figures: readonly Figure[] }

/**
 * Measures them in a thread of its own: they share nothing with the large network, which takes as long as all of them together.
 * @param signal ends the thread
 * @throws Error what a measurement threw; the signal's reason when aborted
 */
export async function measureSmallNetworks(
  networks: SmallNetworks,
  progress: Progress,
  signal: AbortSignal,
): Promise<readonly Figure[]> {
  const thread = new Worker(new URL('./small-networks-thread.js', import.meta.url), { workerData: networks })
  try {
    return await new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      thread.once('error', reject)
      thread.on('message', (message: ThreadMessage) => {
        if ('figures' in message) resolve(message.figures)
        else progress(message.progress)
      })
    })
  } finally {
    await thread.terminate()
  }
}
