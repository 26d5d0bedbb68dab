import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseScheme } from '@p2pstore/codec'
import { describe, expect, test } from 'vitest'
import { smallestGrowth } from '../../src/bench/growth.ts'
import { captured } from '../captured-run.ts'
import { emptyFolder } from '../folder.ts'

async function figures(...args: readonly string[]) {
  const { status, stdout, stderr } = await captured(['bench', 'schemes', '--json', '--samples', '1000', ...args])
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return JSON.parse(stdout.toString())
}

test('every default scheme has all figures', async () => {
  const { assumptions, rows } = await figures()
  expect(assumptions).toMatchObject({
    nodesUp: 0.9,
    annualFailureRate: 0.1,
    meanTimeToRepairHours: 24,
    samples: 1000,
    seed: 1,
  })
  expect(rows.map(({ scheme }: { scheme: string }) => scheme)).toEqual(
    expect.arrayContaining([
      'mirror:3',
      'rs:4+2',
      'rs:6+3',
      'rs:10+4',
      'rs:16+4',
      'xor:4+1',
      'grid:4+1,4+1',
      'grid:7+1,7+1,7+1',
      'lines:4+1,4+1',
      'local:12+2+2',
    ]),
  )
  const chance = {
    chance: expect.any(Number),
    method: expect.stringMatching(/^(exact|simulated)$/),
    standardError: expect.any(Number),
    countedShare: expect.any(Number),
  }
  const lifetime = { meanYearsToLoss: expect.any(Number), lossChancePerYear: expect.any(Number) }
  for (const row of rows) {
    expect(row).toEqual({
      scheme: expect.any(String),
      dataShards: expect.any(Number),
      totalShards: expect.any(Number),
      overhead: row.totalShards / row.dataShards,
      lossesAlwaysSurvived: expect.any(Number),
      lossChances: [
        { shardLossRate: 0.01, ...chance },
        { shardLossRate: 0.05, ...chance },
      ],
      unreadable: chance,
      durability: { repairAt: expect.any(Number), independent: lifetime, domainCorrelated: lifetime },
      repair: {
        shardsRead: expect.any(Number),
        mostShardsRead: expect.any(Number),
        bytesRead: row.repair.shardsRead * 65_536,
      },
      smallWrite: { parityShards: expect.any(Number), mostParityShards: expect.any(Number) },
      growth: {
        to: expect.any(String),
        joins: expect.any(Number),
        reads: expect.any(Number),
        writes: expect.any(Number),
      },
    })
    expect(row.durability.domainCorrelated.meanYearsToLoss).toBeLessThan(row.durability.independent.meanYearsToLoss)
  }
})

test('the figures of one scheme are those of its mathematics', async () => {
  const { rows } = await figures('--schemes', 'rs:10+4,grid:2+1,2+1,local:12+2+2', '--nodes-up', '0.8')
  const [rs, grid, local] = rows
  expect(rs).toMatchObject({
    overhead: 1.4,
    lossesAlwaysSurvived: 4,
    durability: { repairAt: 2 },
    repair: { shardsRead: 10, mostShardsRead: 10 },
    smallWrite: { parityShards: 4 },
    growth: { to: 'rs:11+4', joins: 1, reads: 4, writes: 4 },
  })
  expect(grid).toMatchObject({ scheme: 'grid:2+1,2+1', repair: { shardsRead: 2 }, smallWrite: { parityShards: 3 } })
  expect(local.repair).toEqual({ shardsRead: 6.75, mostShardsRead: 12, bytesRead: 6.75 * 65_536 })
  expect(rs.unreadable.chance).toBeCloseTo(0.1298, 4)
})

test('on nodes that are up 90 % of the time 4+2 is unreadable more often than three copies', async () => {
  const { rows } = await figures('--schemes', 'mirror:3,rs:4+2')
  const [copies, coded] = rows
  expect(copies.unreadable.chance).toBeCloseTo(0.001, 12)
  expect(coded.unreadable.chance).toBeCloseTo(0.01585, 12)
})

test('options change what they say', async () => {
  const args = [
    '--schemes',
    'rs:4+2',
    '--loss-rates',
    '0,1',
    '--repair-at',
    '9',
    '--shard',
    '1MiB',
    '--domain-afr',
    '0',
  ]
  const { assumptions, rows } = await figures(...args, '--afr', '.3', '--mttr', '7d', '--domains', '3')
  expect(assumptions).toMatchObject({ repairAt: 9, domains: 3, meanTimeToRepairHours: 168, annualFailureRate: 0.3 })
  expect(rows[0].durability.repairAt).toBe(2)
  expect(rows[0].lossChances.map(({ chance }: { chance: number }) => chance)).toEqual([0, 1])
  expect(rows[0].repair.bytesRead).toBe(4 << 20)
  expect(rows[0].durability.domainCorrelated).toEqual(rows[0].durability.independent)
})

test('the same seed gives the same figures, another seed others', async () => {
  const simulated = ['--schemes', 'grid:5+1,5+1', '--loss-rates', '0.2']
  const first = await figures(...simulated, '--seed', '5')
  expect(await figures(...simulated, '--seed', '5')).toEqual(first)
  expect((await figures(...simulated, '--seed', '6')).rows[0].lossChances).not.toEqual(first.rows[0].lossChances)
})

test('without parity there is no repair', async () => {
  const { rows } = await figures('--schemes', 'rs:5+0')
  expect(rows[0].repair).toBeUndefined()
  const { stdout } = await captured(['bench', 'schemes', '--schemes', 'rs:5+0'])
  expect(stdout.toString()).toMatch(/^rs:5\+0 +1\.00 +0 .* – /m)
})

test('the table has a line for each scheme and says what its columns are', async () => {
  const { stdout } = await captured(['bench', 'schemes', '--schemes', 'mirror:3,grid:5+1,5+1', '--loss-rates', '.1'])
  const lines = stdout.toString().split('\n')
  expect(lines[0]).toMatch(/^scheme +overhead +survives +unreadable, 90 % up +lost at 10 % +years to loss/)
  expect(lines[1]).toMatch(/^mirror:3 +3\.00 +2 +0\.1 % +0\.1 % +3\.8e7 +2\.9e7 +1 +2 +\+0 r1 w1$/)
  expect(lines[2]).toMatch(/^grid:5\+1,5\+1 +1\.44 +3 +~2\.\d % ± 0\.\d+ % /)
  expect(stdout.toString()).toContain('~ is simulated')
})

describe('growth', () => {
  test.each([
    ['mirror:3', { to: 'mirror:4', joins: 0, reads: 1, writes: 1 }],
    ['xor:4+1', { to: 'xor:5+1', joins: 1, reads: 1, writes: 1 }],
    ['rs:4+2/vandermonde', { to: 'rs:5+2/vandermonde', joins: 1, reads: 4, writes: 2 }],
    ['grid:4+1,4+1', { to: 'grid:5+1,4+1', joins: 4, reads: 5, writes: 6 }],
    ['local:12+2+2', { to: 'local:18+3+2', joins: 6, reads: 2, writes: 3 }],
    ['rs:250+6', undefined],
  ])('of %s costs as little as can be', async (scheme, expected) => {
    expect(await smallestGrowth(parseScheme(scheme))).toEqual(expected)
  })
})

test('a report is one page with charts that names every scheme and loads nothing', async () => {
  const html = join(await emptyFolder(), 'report.html')
  const schemes = ['mirror:3', 'rs:4+2', 'grid:2+1,2+1']
  const { status } = await captured([
    'bench',
    'schemes',
    '--schemes',
    schemes.join(),
    '--shard',
    '4KiB',
    '--html',
    html,
  ])
  expect(status).toBe(0)
  const page = await readFile(html, 'utf8')
  expect(page.match(/<svg /g)).toHaveLength(4)
  for (const scheme of schemes) expect(page.split(`>${scheme}<`).length - 1).toBeGreaterThanOrEqual(5)
  expect(page).not.toMatch(/<script|<link|src=|href=|url\(|NaN|undefined|Infinity/)
  expect(page).toContain('prefers-color-scheme: dark')
})

test.each([
  [['--schemes', ''], 'SCHEME_INVALID', /invalid scheme/],
  [['--schemes', 'rs:4+2,rs:300+4'], 'SCHEME_INVALID', /300 data shards/],
  [['--nodes-up', '1.2'], 'USAGE', /--nodes-up: "1\.2" is not a number in 0 … 1/],
  [['--afr', '0'], 'USAGE', /--afr: "0" is not a number/],
  [['--afr', 'often'], 'USAGE', /--afr: "often" is not a number/],
  [['--mttr', 'soon'], 'USAGE', /--mttr: "soon" is not a duration/],
  [['--mttr', '0h'], 'USAGE', /--mttr: repair takes some time/],
  [['--repair-at', '0'], 'USAGE', /--repair-at: "0" is not a whole number in 1 … 1024/],
  [['--domains', '1.5'], 'USAGE', /--domains: "1\.5" is not a whole number/],
  [['--loss-rates', '0.1,-1'], 'USAGE', /--loss-rates: "-1" is not a number in 0 … 1/],
  [['--samples', '10'], 'USAGE', /--samples: "10" is not a whole number in 1000/],
  [['--seed', '4294967296'], 'USAGE', /--seed: "4294967296" is not a whole number/],
  [['--html', '/no/such/folder/report.html'], 'FILE_UNWRITABLE', /there is no folder/],
  [['rs:4+2'], 'USAGE', /too many arguments/],
])('%j is refused in one line', async (args, code, message) => {
  const { status, stdout, stderr } = await captured(['bench', 'schemes', ...args])
  expect({ status, stdout: stdout.length }).toEqual({ status: 2, stdout: 0 })
  expect(stderr).toMatch(new RegExp(`^p2pstore: [^\\n]+ \\[${code}\\]\\n$`))
  expect(stderr).toMatch(message)
})

test('an interruption ends it', async () => {
  const { status, stderr } = await captured(['bench', 'schemes'], { signal: AbortSignal.abort() })
  expect(status).toBe(1)
  expect(stderr).toMatch(/\[INTERRUPTED\]\n$/)
})
