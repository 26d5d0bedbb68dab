import type { LogFields, Logger } from '../../src/ports/logger.ts'

/** A log that is kept, to be looked at. */
export class CollectedLog implements Logger {
  readonly lines: { level: string; message: string; fields: LogFields }[] = []

  debug(fields: LogFields, message: string): void {
    this.lines.push({ level: 'debug', message, fields })
  }

  info(fields: LogFields, message: string): void {
    this.lines.push({ level: 'info', message, fields })
  }

  warn(fields: LogFields, message: string): void {
    this.lines.push({ level: 'warn', message, fields })
  }

  error(fields: LogFields, message: string): void {
    this.lines.push({ level: 'error', message, fields })
  }

  child(): Logger {
    return this
  }

  at(level: string): string[] {
    return this.lines.filter((line) => line.level === level).map(({ message }) => message)
  }
}
