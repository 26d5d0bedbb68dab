import type { LogFields, Logger } from '../ports/logger.ts'
import { type LogLevel, logLevels } from './level.ts'

export interface LogLine {
  readonly level: Exclude<LogLevel, 'silent'>
  readonly message: string
  readonly fields: LogFields
}

export interface MemoryLogger extends Logger {
  /** The newest lines of this logger and its children, oldest first. */
  readonly lines: readonly LogLine[]
}

/** Keeps the newest `lineLimit` lines (default 10,000) of `level` (default debug) and above, for tests to look at. */
export function memoryLogger(options: { level?: LogLevel; lineLimit?: number } = {}): MemoryLogger {
  const lowest = logLevels.indexOf(options.level ?? 'debug')
  const lineLimit = options.lineLimit ?? 10_000
  const lines: LogLine[] = []
  const write = (level: LogLine['level'], bound: LogFields, fields: LogFields, message: string): void => {
    if (logLevels.indexOf(level) < lowest) return
    if (lines.length >= lineLimit) lines.shift()
    lines.push({ level, message, fields: { ...bound, ...fields } })
  }
  const bind = (bound: LogFields): MemoryLogger => ({
    lines,
    debug: (fields, message) => write('debug', bound, fields, message),
    info: (fields, message) => write('info', bound, fields, message),
    warn: (fields, message) => write('warn', bound, fields, message),
    error: (fields, message) => write('error', bound, fields, message),
    child: (fields) => bind({ ...bound, ...fields }),
  })
  return bind({})
}
