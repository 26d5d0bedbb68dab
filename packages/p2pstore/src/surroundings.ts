import type { Readable, Writable } from 'node:stream'
import type { Environment } from './settings.ts'

/** What surrounds a run of the program. */
export interface Surroundings {
  readonly env: Environment
  readonly stdin: Readable
  readonly stdout: Writable
  readonly stderr: Writable & { readonly isTTY?: boolean }
  /** Aborted when the program should end. */
  readonly signal: AbortSignal
  /** The program's own main file: what other processes of it are started from. */
  readonly script: string
}
