import { expect, test } from 'vitest'
import { askDisk, parseVerdict, type RunProgram } from '../../src/store/units/disk-verdict.ts'

test.each([
  ['{"smart_status":{"passed":true}}', 'good'],
  ['{"smart_status":{"passed":false,"nvme":{"value":4}}}', 'failing'],
  ['{"smartctl":{"exit_status":2,"messages":[{"string":"Permission denied"}]}}', 'unknown'],
  ['{"smart_status":{"passed":"yes"}}', 'unknown'],
  ['null', 'unknown'],
])('%s is %s', (text, verdict) => {
  expect(parseVerdict(text)).toBe(verdict)
})

test.each(['', 'smartctl: not JSON', '{'])('%j from smartctl tells nothing', async (text) => {
  expect(await askDisk('/', async () => text)).toBe('unknown')
})

test('without smartctl, and for a directory that is not there, nothing is known', async () => {
  const missing: RunProgram = () => Promise.reject(Object.assign(new Error('ENOENT'), { code: 'ENOENT' }))
  expect(await askDisk('/', missing)).toBe('unknown')
  expect(await askDisk('/no/such/directory')).toBe('unknown')
})
