import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { CommandError } from './command-error.ts'
import type { Surroundings } from './surroundings.ts'

/** What a node says when it is ready. */
export interface ReadyNode {
  readonly peerId: string
  readonly addresses: readonly string[]
}

export interface NodeProcessOptions {
  /** For messages. */
  readonly name: string
  readonly home: string
  readonly flags: readonly string[]
}

/** How long a node may take to stop before it is killed. */
const stopTimeoutMs = 10_000

/** A `p2pstore node` in a process of its own, which stops when this process stops, however that happens. */
export class NodeProcess {
  readonly name: string
  readonly home: string
  /** Rejects with NODE_FAILED when the process ends before it is ready. */
  readonly ready: Promise<ReadyNode>
  /** Settles when the process has ended: how, in words. */
  readonly ended: Promise<string>
  readonly #child: ChildProcess
  #failure: string | undefined

  constructor({ name, home, flags }: NodeProcessOptions, { script, env, stderr }: Surroundings) {
    this.name = name
    this.home = home
    this.#child = fork(script, ['node', '--home', home, '--json', ...flags], {
      env: withoutSettings(env),
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    this.ended = once(this.#child, 'exit').then(([status, signal]) =>
      signal === null ? `ended with status ${status}` : `was ended by ${signal}`,
    )
    const lines = createInterface({ input: this.#child.stderr! })
    lines.on('line', (line) => {
      this.#failure = failureIn(line) ?? this.#failure
      if (failureIn(line) === undefined) stderr.write(`${line}\n`)
    })
    this.ready = Promise.race([this.#readyLine(), this.#endBeforeReady(once(lines, 'close'))])
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Ends the process; it stops by itself when its parent lets go of it. */
  async stop(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect()
    const kill = setTimeout(() => this.#child.kill('SIGKILL'), stopTimeoutMs)
    await this.ended
    clearTimeout(kill)
  }

  async #readyLine(): Promise<ReadyNode> {
    const [line] = await once(createInterface({ input: this.#child.stdout! }), 'line')
    return JSON.parse(line) as ReadyNode
  }

  async #endBeforeReady(told: Promise<unknown>): Promise<never> {
    const end = await this.ended
    await told
    throw new CommandError('NODE_FAILED', `${this.name} did not start: ${this.#failure ?? `it ${end}`}`)
  }
}

/** A node takes its settings from its home and flags, not from what is meant for the command that starts it. */
function withoutSettings(env: Surroundings['env']): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('P2PSTORE_')))
}

function failureIn(line: string): string | undefined {
  if (!line.startsWith('{"error":')) return undefined
  const { error } = JSON.parse(line) as { error: { code: string; message: string } }
  return `${error.message} [${error.code}]`
}
