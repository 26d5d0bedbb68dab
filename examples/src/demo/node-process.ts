import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'

const main = join(dirname(createRequire(import.meta.url).resolve('p2pstore')), 'main.js')

/** Characters of its log that are kept of each node. */
const logLength = 4_000

/** `p2pstore node` in a process of its own. */
export class NodeProcess {
  readonly home: string
  readonly peerId: string
  readonly addresses: readonly string[]
  readonly #process: ChildProcess
  readonly #log: { text: string }

  private constructor(
    home: string,
    peerId: string,
    addresses: readonly string[],
    child: ChildProcess,
    log: { text: string },
  ) {
    this.home = home
    this.peerId = peerId
    this.addresses = addresses
    this.#process = child
    this.#log = log
  }

  /** Resolves when the node serves. */
  static async start(home: string): Promise<NodeProcess> {
    const args = [main, 'node', '--home', home, '--listen', '/ip4/127.0.0.1/tcp/0', '--json']
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    const log = { text: '' }
    child.stderr.on('data', (text) => {
      log.text = (log.text + text).slice(-logLength)
    })
    const abandon = (): void => void child.kill('SIGKILL')
    process.once('exit', abandon)
    child.once('exit', () => process.off('exit', abandon))
    for await (const line of createInterface({ input: child.stdout })) {
      const { event, peerId, addresses } = JSON.parse(line)
      if (event === 'ready') return new NodeProcess(home, peerId, addresses, child, log)
    }
    throw new Error(`the node in ${home} ended before it was ready: ${log.text}`)
  }

  /** The last of what it has logged. */
  get log(): string {
    return this.#log.text
  }

  get isRunning(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null
  }

  /** Ends the process as a power cut would, without a word to anyone. */
  async kill(): Promise<void> {
    if (!this.isRunning) return
    const ended = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await ended
  }
}
