/**
 * Both ends of a thread that helps with large stripes: this file starts it, and is what runs in it.
 *
 * A message to another thread and back goes through both event loops and takes a tenth of a millisecond, a good part of what
 * coding a large stripe takes. So the thread sleeps on a word of shared memory, finds its job when woken, and says in the same
 * word that it is done. The calling thread looks there when it has done its own range, and hardly ever has to wait.
 */
import { once } from 'node:events'
import { parentPort, receiveMessageOnPort, Worker, workerData } from 'node:worker_threads'
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

export type StartHelper = (task: HelperTask) => Promise<HelperThread>

/** What a thread is started with. Tells it from other threads that import this file. */
interface HelperData {
  readonly role: typeof role
  readonly task: HelperTask
  /** One of `resting`, `asked` and `failed`. */
  readonly state: Int32Array<SharedArrayBuffer>
}

const role = 'p2pstore bench helper'
const resting = 0
const asked = 1
const failed = 2
/** No range takes so long; a thread that does has died. */
const longestJobMs = 60_000

/** @param startWorker runs this file in a thread with the given `workerData` */
export async function startHelper(task: HelperTask, startWorker = startThisFile): Promise<HelperThread> {
  const state = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  const worker = startWorker({ role, task, state })
  await once(worker, 'message')
  return {
    async perform(job) {
      worker.postMessage(job)
      Atomics.store(state, 0, asked)
      Atomics.notify(state, 0)
      // What follows runs when the caller awaits, which it does when its own range is done.
      await undefined
      Atomics.wait(state, 0, asked, longestJobMs)
      if (Atomics.load(state, 0) !== resting) throw new Error('a helper thread has failed')
    },
    stop: () => worker.terminate(),
  }
}

function startThisFile(workerData: HelperData): Worker {
  return new Worker(new URL(import.meta.url), { workerData })
}

async function help({ task, state }: HelperData, port: NonNullable<typeof parentPort>): Promise<void> {
  const codec = await createCodec(task.form, { engine: task.engine })
  codec.adopt(task.memory)
  port.postMessage('ready')
  for (;;) {
    Atomics.wait(state, 0, resting)
    const job = receiveMessageOnPort(port)?.message as RangeJob
    const outcome = attempt(() => performJob(codec, task.memory, job))
    Atomics.store(state, 0, outcome)
    Atomics.notify(state, 0)
    if (outcome === failed) return
  }
}

function attempt(perform: () => void): typeof resting | typeof failed {
  try {
    perform()
    return resting
  } catch {
    return failed
  }
}

const data = workerData as HelperData | null
if (parentPort !== null && data?.role === role) await help(data, parentPort)
