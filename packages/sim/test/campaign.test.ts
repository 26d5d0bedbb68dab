import { expect, test } from 'vitest'
import { readArguments } from '../src/arguments.ts'
import { runCampaign } from '../src/campaign.ts'
import { simulate } from '../src/simulate.ts'
import { Violation } from '../src/violation.ts'

test('a few seeds pass', async () => {
  const lines: string[] = []
  const print = (line: string): void => void lines.push(line)
  expect(await runCampaign({ first: 1, count: 2, isTraced: false }, { simulate, print }), lines.join('\n')).toBe(true)
  expect(lines).toHaveLength(3)
  expect(lines.at(-1)).toBe('2 of 2 seeds passed')
})

test('a seed that fails is reported with the command that replays it, and the others still run', async () => {
  const lines: string[] = []
  const parts = {
    print: (line: string) => void lines.push(line),
    simulate: async ({ seed }: { seed: number }) => ({
      seed,
      digest: '0123456789abcdef0123',
      elapsedMs: 61_234,
      violation: seed === 8 ? new Violation('durability', '#3 is lost') : undefined,
    }),
  }
  expect(await runCampaign({ first: 7, count: 3, isTraced: false }, parts)).toBe(false)
  expect(lines).toEqual([
    'seed 7  0123456789abcdef  61 s  ok',
    'seed 8  0123456789abcdef  61 s  FAILED durability: #3 is lost\n  npm run sim -- --seed 8 --trace',
    'seed 9  0123456789abcdef  61 s  ok',
    '2 of 3 seeds passed',
  ])
})

test('the command line', () => {
  expect(readArguments([])).toEqual({ first: 1, count: 20, isTraced: false })
  expect(readArguments(['--seeds', '300', '--first', '5'])).toEqual({ first: 5, count: 300, isTraced: false })
  expect(readArguments(['--seed', '42', '--trace'])).toEqual({ first: 42, count: 1, isTraced: true })
})

test.each([
  [['--seeds', '0'], '--seeds must be a whole number'],
  [['--seeds', 'many'], '--seeds must be a whole number'],
  [['--seed', '4294967296'], '--seed must be a whole number'],
  [['--seed', '1', '--seeds', '2'], 'one or the other'],
  [['--first', '4294967295', '--seeds', '2'], 'the largest seed is'],
  [['--sed', '1'], "Unknown option '--sed'"],
  [['12'], 'Unexpected argument'],
])('%j is refused', (args, reason) => {
  expect(() => readArguments(args)).toThrow(reason)
})
