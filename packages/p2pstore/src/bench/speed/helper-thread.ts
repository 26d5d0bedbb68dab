/** Both ends of a thread that helps with large stripes: this file starts it, and is what runs in it. */
import { once } from 'node:events'
import { type MessagePort, parentPort, Worker, workerData } from 'node:worker_threads'
import { createCodec, type EngineName, type Helper, performJob, type RangeJob, type ShardMemory } from '@p2pstore/codec'

export interface HelperTask {
  /** The scheme that stripes have. */
  readonly form: string
  readonly engine: EngineName
  /** The thread's own view of the arena's memory. */
  readonly memory: ShardMemory
}

export interface HelperThread extends Helper {
  stop(): Promise<unknown>
}

/** What a thread is started with. Tells it from other threads that import this file. */
interface HelperData {
  readonly role: typeof role
  readonly task: HelperTask
}

const role = 'p2pstore bench helper'

export type StartHelper = (task: HelperTask) => Promise<HelperThread>

/** @param startWorker runs this file in a thread with the given `workerData` */
export async function startHelper(task: HelperTask, startWorker = startThisFile): Promise<HelperThread> {
  const worker = startWorker({ role, task })
  await once(worker, 'message')
  return {
    async perform(job) {
      const done = once(worker, 'message')
      worker.postMessage(job)
      await done
    },
    stop: () => worker.terminate(),
  }
}

function startThisFile(workerData: HelperData): Worker {
  return new Worker(new URL(import.meta.url), { workerData })
}

async function help({ form, engine, memory }: HelperTask, port: MessagePort): Promise<void> {
  const codec = await createCodec(form, { engine })
  codec.adopt(memory)
  port.on('message', (job: RangeJob) => {
    performJob(codec, memory, job)
    port.postMessage('done')
  })
  port.postMessage('ready')
}

const data = workerData as HelperData | null
if (parentPort !== null && data?.role === role) await help(data.task, parentPort)
