import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { captured, type Ran, type RunOptions } from './captured-run.ts'
import { spawnMain } from './main-process.ts'

export interface UpNode {
  readonly name: string
  readonly home: string
  readonly pid: number
  readonly peerId: string
  readonly addresses: readonly string[]
}

/** A network of node processes that `p2pstore up` runs. */
export class UpProcess implements AsyncDisposable {
  readonly nodes: readonly UpNode[]
  readonly #child: ReturnType<typeof spawnMain>
  readonly #told: { text: string }
  readonly #killed = new Set<number>()

  static async start(folder: string, count?: number): Promise<UpProcess> {
    const child = spawnMain([
      'up',
      '--json',
      '--dir',
      folder,
      ...(count === undefined ? [] : ['--nodes', String(count)]),
    ])
    const told = { text: '' }
    child.stderr.on('data', (piece: Buffer) => (told.text += piece))
    const ended = once(child, 'exit').then(() => {
      throw new Error(`the network did not start: ${told.text}`)
    })
    const [line] = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), ended])
    ended.catch(() => {})
    return new UpProcess(child, JSON.parse(line).nodes, told)
  }

  constructor(child: ReturnType<typeof spawnMain>, nodes: readonly UpNode[], told: { text: string }) {
    this.#child = child
    this.nodes = nodes
    this.#told = told
  }

  /** What it has said on standard error. */
  get told(): string {
    return this.#told.text
  }

  kill(...names: string[]): void {
    for (const { name, pid } of this.nodes) {
      if (!names.includes(name)) continue
      process.kill(pid, 'SIGKILL')
      this.#killed.add(pid)
    }
  }

  /** Runs a command as a client of the first node's home. */
  run(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
    return captured(args, { ...options, env: { P2PSTORE_HOME: this.nodes[0]!.home, ...options.env } })
  }

  /** Interrupts it, as Ctrl-C does. @returns the status it ends with */
  stop(): Promise<number> {
    this.#child.kill('SIGINT')
    return this.ended()
  }

  /** Waits for its end. @returns the status it ends with */
  async ended(): Promise<number> {
    if (this.#child.exitCode === null) await once(this.#child, 'close')
    return this.#child.exitCode ?? -1
  }

  /** Ends it in a way that it can't notice. */
  async killParent(): Promise<void> {
    this.#child.kill('SIGKILL')
    await once(this.#child, 'exit')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    for (const { pid } of this.nodes) {
      try {
        if (!this.#killed.has(pid)) process.kill(pid, 'SIGKILL')
      } catch {
        // It has ended already.
      }
    }
  }
}
