/**
 * Both ends of a thread that helps with large stripes: this file starts it, and is what runs in it.
 *
 * A message to another thread and back goes through both event loops and takes a tenth of a millisecond, a good part of what
 * coding a large stripe takes. So the thread waits on shared memory, where jobs are counted: it finds its job there, and counts
 * it as done. The calling thread looks there when it has done its own part, and hardly ever has to wait. Being woken takes a
 * good part of a tenth of a millisecond as well, so both look for a while before they sleep.
 */
import { once } from 'node:events'
import { parentPort, receiveMessageOnPort, Worker, workerData } from 'node:worker_threads'
import { createCodec, type EngineName, type Helper, performJob, type ShardMemory } from '@p2pstore/codec'

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
  /** Jobs asked for and jobs done. */
  readonly counts: Int32Array<SharedArrayBuffer>
}

type Job = Parameters<Helper['perform']>[0]

const role = 'p2pstore bench helper'
const asked = 0
const done = 1
/** In place of the number of jobs done. */
const failed = -1
/** How often a thread looks before it sleeps: for some tenths of a millisecond. */
const looksBeforeSleep = 50_000
/** No job takes so long; a thread that does has died. */
const longestJobMs = 60_000

/** @param startWorker runs this file in a thread with the given `workerData` */
export async function startHelper(task: HelperTask, startWorker = startThisFile): Promise<HelperThread> {
  const counts = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT))
  const worker = startWorker({ role, task, counts })
  await once(worker, 'message')
  return {
    async perform(job) {
      worker.postMessage(job)
      const number = Atomics.add(counts, asked, 1) + 1
      Atomics.notify(counts, asked)
      // What follows runs when the caller awaits, which it does when its own part is done.
      await undefined
      waitUntilDone(counts, number)
    },
    stop: () => worker.terminate(),
  }
}

function waitUntilDone(counts: HelperData['counts'], number: number): void {
  for (;;) {
    const count = Atomics.load(counts, done)
    if (count >= number) return
    if (count === failed || !changes(counts, done, count)) throw new Error('a helper thread has failed')
  }
}

/** Waits until the number at `index` is no longer `from`. False when that takes longer than any job. */
function changes(counts: HelperData['counts'], index: number, from: number, timeoutMs = longestJobMs): boolean {
  for (let look = 0; look < looksBeforeSleep; look++) if (Atomics.load(counts, index) !== from) return true
  return Atomics.wait(counts, index, from, timeoutMs) !== 'timed-out'
}

function startThisFile(workerData: HelperData): Worker {
  return new Worker(new URL(import.meta.url), { workerData })
}

async function help({ task, counts }: HelperData, port: NonNullable<typeof parentPort>): Promise<void> {
  const codec = await createCodec(task.form, { engine: task.engine })
  codec.adopt(task.memory)
  port.postMessage('ready')
  let count = 0
  while (count !== failed) {
    changes(counts, asked, count, Number.POSITIVE_INFINITY)
    const job = receiveMessageOnPort(port)?.message as Job
    count = succeeds(() => performJob(codec, task.memory, job)) ? count + 1 : failed
    Atomics.store(counts, done, count)
    Atomics.notify(counts, done)
  }
}

function succeeds(perform: () => void): boolean {
  try {
    perform()
    return true
  } catch {
    return false
  }
}

const data = workerData as HelperData | null
if (parentPort !== null && data?.role === role) await help(data, parentPort)
