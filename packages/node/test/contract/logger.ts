import { describe, expect, it } from 'vitest'
import type { LogLevel } from '../../src/logger/level.ts'
import type { Logger } from '../../src/ports/logger.ts'

export interface LoggerHarness {
  readonly logger: Logger
  /** What was written so far: level, message and fields. */
  lines(): { level: string; message: string; fields: Record<string, unknown> }[]
}

/** What every logger that keeps its lines must do. */
export function testLogger(name: string, create: (level?: LogLevel) => Promise<LoggerHarness>): void {
  describe(`${name} as a logger`, () => {
    it('writes level, message and fields', async () => {
      const { logger, lines } = await create('debug')
      logger.debug({ a: 1 }, 'one')
      logger.info({}, 'two')
      logger.warn({ b: { c: 'd' } }, 'three')
      logger.error({ a: [1, 2] }, 'four')
      expect(lines()).toEqual([
        { level: 'debug', message: 'one', fields: { a: 1 } },
        { level: 'info', message: 'two', fields: {} },
        { level: 'warn', message: 'three', fields: { b: { c: 'd' } } },
        { level: 'error', message: 'four', fields: { a: [1, 2] } },
      ])
    })

    it('adds the fields of a child and of its parents to each line of the child', async () => {
      const { logger, lines } = await create('debug')
      const child = logger.child({ part: 'store' }).child({ unit: 'a' })
      child.info({ extra: true }, 'grandchild')
      logger.info({}, 'parent')
      expect(lines()).toEqual([
        { level: 'info', message: 'grandchild', fields: { part: 'store', unit: 'a', extra: true } },
        { level: 'info', message: 'parent', fields: {} },
      ])
    })

    it('drops what is below its level, children included', async () => {
      const { logger, lines } = await create('warn')
      logger.info({}, 'dropped')
      logger.child({ part: 'store' }).debug({}, 'dropped')
      logger.warn({}, 'kept')
      expect(lines().map(({ message }) => message)).toEqual(['kept'])
    })

    it('writes nothing when silent', async () => {
      const { logger, lines } = await create('silent')
      logger.error({}, 'dropped')
      expect(lines()).toEqual([])
    })
  })
}
