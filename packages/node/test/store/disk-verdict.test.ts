import { expect, test } from 'vitest'
import { askDisk, parseVerdict, type RunProgram } from '../../src/store/units/disk-verdict.ts'

test.each([
  ['{"smart_status":{"passed":true}}', 'good'],
  ['{"smart_status":{"passed":false,"nvme":{"value":4}}}', 'failing'],
  ['{"smartctl":{"exit_status":2,"messages":[{"string":"Permission denied"}]}}', 'unknown'],
  ['{"smart_status":{"passed":"yes"}}', 'unknown'],
  // What smartctl 7.3 says of the disk of a virtual machine, and of one that is not there.
  [
    '{"json_format_version":[1,0],"smartctl":{"version":[7,3],"messages":[{"string":"/dev/vda: Unable to detect device type","severity":"error"}],"exit_status":1}}',
    'unknown',
  ],
  [
    '{"json_format_version":[1,0],"smartctl":{"version":[7,3],"messages":[{"string":"Smartctl open device: /dev/nosuch failed: No such device","severity":"error"}],"exit_status":2}}',
    'unknown',
  ],
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
