import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { createLogger } from '../../src/logger/create-logger.ts'
import { memoryLogger } from '../../src/logger/memory-logger.ts'
import { silentLogger } from '../../src/logger/silent-logger.ts'
import { testLogger } from '../contract/logger.ts'

testLogger('pino', async (level = 'info') => {
  const written: string[] = []
  const logger = await createLogger({ level, destination: { write: (line) => void written.push(line) } })
  const lines = () =>
    written.map((line) => {
      const { level, msg: message, time, ...fields } = JSON.parse(line)
      expect(time).toBeTypeOf('number')
      return { level, message, fields }
    })
  return { logger, lines }
})

testLogger('memory', async (level = 'info') => {
  const logger = memoryLogger({ level })
  return { logger, lines: () => [...logger.lines] }
})

it('a file gets one JSON object a line, in a folder made for it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'p2pstore-log-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'logs', 'node.log')
  const logger = await createLogger({ destination: { file } })
  logger.info({ peer: 'a' }, 'hello')
  const [line, rest] = (await readFile(file, 'utf8')).split('\n')
  expect([JSON.parse(line ?? ''), rest]).toEqual([
    { level: 'info', time: expect.any(Number), peer: 'a', msg: 'hello' },
    '',
  ])
})

it('the memory logger keeps only its newest lines', () => {
  const logger = memoryLogger({ lineLimit: 2 })
  for (const message of ['one', 'two', 'three']) logger.info({}, message)
  expect(logger.lines.map(({ message }) => message)).toEqual(['two', 'three'])
})

it('the silent logger takes everything, its children too', () => {
  const child = silentLogger.child({ a: 1 })
  for (const level of ['debug', 'info', 'warn', 'error'] as const) expect(child[level]({}, 'x')).toBeUndefined()
})
