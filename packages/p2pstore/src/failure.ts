import { CommanderError } from 'commander'

/** A failure as it is told on standard error. */
export interface Failure {
  /** Stable; see docs/errors.md. */
  readonly code: string
  /** One line. */
  readonly message: string
}

/** Errors without a code of ours: a RangeError is a value out of its range, anything else is a fault of the program. */
export function describeFailure(error: unknown, signal: AbortSignal): Failure {
  if (signal.aborted) return { code: 'INTERRUPTED', message: 'interrupted before it was done' }
  if (error instanceof CommanderError) return { code: 'USAGE', message: explain(error) }
  if (hasCode(error) && error.code === 'EPIPE')
    return { code: 'EPIPE', message: 'the reader of standard output has gone' }
  const message = oneLine(error instanceof Error ? error.message : String(error))
  if (hasCode(error)) return { code: error.code, message }
  return { code: error instanceof RangeError ? 'USAGE' : 'INTERNAL', message }
}

export function formatFailure({ code, message }: Failure, { json }: { readonly json: boolean }): string {
  return json ? JSON.stringify({ error: { code, message } }) : `p2pstore: ${message} [${code}]`
}

function explain({ code, message }: CommanderError): string {
  if (code === 'commander.help') return 'name a command; p2pstore --help lists them'
  return oneLine(message.replace(/^error: /, ''))
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ')
}

function hasCode(error: unknown): error is { code: string } {
  return error instanceof Error && 'code' in error && /^[A-Z][A-Z0-9_]+$/.test(String(error.code))
}
