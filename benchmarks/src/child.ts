/**
 * A benchmark's child process: it does one job at a time that its parent sends, answers with the result, and tells what it
 * has used so far. Ends when its parent does.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** What a process has used since it started. */
export interface Usage {
  readonly cpuSeconds: number
  readonly peakBytes: number
}

interface Reply {
  readonly result?: unknown
  readonly failure?: string
  readonly usage: Usage
}

export class Child {
  readonly #process: ChildProcess

  constructor(module: URL) {
    this.#process = fork(fileURLToPath(module), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  }

  /** @throws Error what the job threw, or that the process has ended */
  async ask<Result>(job: Record<string, unknown>): Promise<{ result: Result; usage: Usage }> {
    const reply = await new Promise<Reply>((resolve, reject) => {
      const onExit = (): void => reject(new Error('a process of the benchmark has ended'))
      this.#process.once('exit', onExit)
      this.#process.once('message', (message) => {
        this.#process.off('exit', onExit)
        resolve(message as Reply)
      })
      this.#process.send(job)
    })
    if (reply.failure !== undefined) throw new Error(reply.failure)
    return { result: reply.result as Result, usage: reply.usage }
  }

  async end(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const ended = new Promise((resolve) => this.#process.once('exit', resolve))
    this.#process.kill('SIGKILL')
    await ended
  }
}

/** The child's side: does the jobs by name. */
export function serveJobs(jobs: Record<string, (job: never) => Promise<unknown>>): void {
  process.on('disconnect', () => process.exit(0))
  process.on('message', async (message: { do: string }) => {
    const reply = await Promise.resolve(jobs[message.do]?.(message as never)).then(
      (result) => ({ result }),
      (failure: unknown) => ({
        failure: failure instanceof Error ? (failure.stack ?? failure.message) : String(failure),
      }),
    )
    process.send?.({ ...reply, usage: usage() })
  })
}

function usage(): Usage {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
  return { cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakBytes: maxRSS * 1024 }
}
