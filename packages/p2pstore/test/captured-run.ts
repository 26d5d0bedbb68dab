import { Readable, Writable } from 'node:stream'
import { run } from '../src/run.ts'
import { mainFile } from './main-process.ts'

export interface Ran {
  readonly status: number
  readonly stdout: Buffer
  readonly stderr: string
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: Readable | Uint8Array | string
  readonly signal?: AbortSignal
  /** Whether standard error claims to be a terminal. */
  readonly isTerminal?: boolean
}

/** Runs one command in this process. */
export async function captured(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { env = {}, stdin = '', signal = new AbortController().signal, isTerminal = false } = options
  const stdout = new Collector()
  const stderr = new Collector()
  const status = await run(args, {
    env,
    stdin: stdin instanceof Readable ? stdin : Readable.from(stdin.length > 0 ? [Buffer.from(stdin)] : []),
    stdout,
    stderr: Object.assign(stderr, { isTTY: isTerminal }),
    signal,
    script: mainFile,
  })
  return { status, stdout: stdout.bytes, stderr: stderr.bytes.toString() }
}

class Collector extends Writable {
  readonly #pieces: Buffer[] = []

  get bytes(): Buffer {
    return Buffer.concat(this.#pieces)
  }

  override _write(piece: Buffer, _: string, done: () => void): void {
    this.#pieces.push(Buffer.from(piece))
    done()
  }
}
