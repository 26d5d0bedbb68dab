import type { Logger as PinoLogger } from 'pino'
import type { Logger } from '../ports/logger.ts'
import type { LogLevel } from './level.ts'

export interface LoggerOptions {
  /** Lines below it are dropped. Default `info`. */
  readonly level?: LogLevel
  /** Default `stderr`, so that standard output stays free for data. A `file` is appended to, its folder created. */
  readonly destination?: 'stdout' | 'stderr' | { readonly file: string } | { write(line: string): void }
}

/**
 * Writes one JSON object a line: `level`, `time` (milliseconds since the Unix epoch), the fields, `msg`.
 * Asynchronous because pino is loaded only when a log is wanted.
 */
export async function createLogger(options: LoggerOptions = {}): Promise<Logger> {
  const { destination, pino } = await import('pino')
  const sink = options.destination ?? 'stderr'
  const stream = typeof sink === 'object' && 'write' in sink ? sink : destination({ ...place(sink), sync: true })
  const formatters = { level: (label: string) => ({ level: label }) }
  return wrap(pino({ level: options.level ?? 'info', base: null, formatters }, stream))
}

function place(sink: 'stdout' | 'stderr' | { readonly file: string }): { dest: string | number; mkdir?: boolean } {
  if (sink === 'stdout') return { dest: 1 }
  if (sink === 'stderr') return { dest: 2 }
  return { dest: sink.file, mkdir: true }
}

function wrap(pino: PinoLogger): Logger {
  return {
    debug: (fields, message) => pino.debug(fields, message),
    info: (fields, message) => pino.info(fields, message),
    warn: (fields, message) => pino.warn(fields, message),
    error: (fields, message) => pino.error(fields, message),
    child: (fields) => wrap(pino.child(fields)),
  }
}
