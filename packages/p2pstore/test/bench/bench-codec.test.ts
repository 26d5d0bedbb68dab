import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { createArena, createCodec, createTeam, memoryForThread, performJob } from '@p2pstore/codec'
import { describe, expect, test } from 'vitest'
import { copyContestant, loadSubspace, subspaceContestant } from '../../src/bench/speed/baseline-contestants.ts'
import { codecContestant } from '../../src/bench/speed/codec-contestant.ts'
import type { Contestant, Discipline } from '../../src/bench/speed/contestant.ts'
import { type StartHelper, startHelper } from '../../src/bench/speed/helper-thread.ts'
import type { SpeedRow } from '../../src/bench/speed/measure-speed.ts'
import { race } from '../../src/bench/speed/race.ts'
import { speedTable } from '../../src/bench/speed/speed-table.ts'
import { captured } from '../captured-run.ts'
import { emptyFolder } from '../folder.ts'

const quickly = ['--shard', '4KiB', '--rounds', '1']

async function measure(...args: readonly string[]) {
  const { status, stdout, stderr } = await captured(['bench', 'codec', '--json', ...quickly, ...args])
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return JSON.parse(stdout.toString())
}

test('rows are as documented, with the baselines beside', async () => {
  const { machine, rows } = await measure('--schemes', 'rs:4+2', '--operations', 'encode', '--baseline')
  expect(machine).toEqual({
    processor: expect.any(String),
    cores: expect.any(Number),
    architecture: process.arch,
    platform: process.platform,
    node: process.versions.node,
    v8: process.versions.v8,
  })
  const common = { scheme: 'rs:4+2', shardBytes: 4096, operation: 'encode', lost: 0, threads: 1 }
  const speeds = { gigabytesPerSecond: expect.any(Number), minimum: expect.any(Number), maximum: expect.any(Number) }
  const times = expect.any(Number)
  const ratios = { timesBaseline: times, timesBaselineEncode: times, timesMemcpy: times }
  expect(rows).toEqual([
    { ...common, ...speeds, ...ratios, engine: 'xor-program', form: 'rs:4+2' },
    { ...common, ...speeds, ...ratios, engine: 'swizzle', form: 'rs:4+2/vandermonde' },
    { ...common, ...speeds, ...ratios, engine: 'subspace-wasm', form: 'rs:4+2/vandermonde' },
    { ...common, ...speeds, ...ratios, engine: 'memcpy', form: 'rs:4+2' },
  ])
  const [, , baseline, copying] = rows
  for (const { minimum, gigabytesPerSecond, maximum, ...row } of rows) {
    expect(row.timesBaseline).toBeCloseTo(gigabytesPerSecond / baseline.gigabytesPerSecond)
    expect(row.timesBaselineEncode).toBe(row.timesBaseline)
    expect(row.timesMemcpy).toBeCloseTo(gigabytesPerSecond / copying.gigabytesPerSecond)
    expect(minimum).toBeGreaterThan(0)
    expect(gigabytesPerSecond).toBeGreaterThanOrEqual(minimum)
    expect(maximum).toBeGreaterThanOrEqual(gigabytesPerSecond)
  }
})

test('all operations are measured with what can do them, and every shard size', async () => {
  const xor = ['--engines', 'xor-program']
  const { rows } = await measure('--schemes', 'rs:2+1,grid:2+1,2+1', '--lost', '1,2', ...xor)
  const measured = rows.map(({ scheme, shardBytes, operation, lost }: Discipline) =>
    [scheme, shardBytes, operation, lost].join(' '),
  )
  const ofGrid = ['encode 0', 'encode-copied 0', 'reconstruct 1', 'reconstruct 2', 'update 0', 'verify 0', 'join 0']
  const ofRs = ofGrid.filter((operation) => operation !== 'reconstruct 2')
  expect(measured).toEqual([
    ...ofRs.map((operation) => `rs:2+1 4096 ${operation}`),
    ...ofGrid.map((operation) => `grid:2+1,2+1 4096 ${operation}`),
  ])
  const sized = await measure('--schemes', 'rs:2+1', '--shard', '1KiB,2KiB', '--operations', 'encode', ...xor)
  expect(sized.rows.map(({ shardBytes }: Discipline) => shardBytes)).toEqual([1024, 2048])
})

test('whatever is done is compared with how the baseline does it, and with how it encodes', async () => {
  const { rows } = await measure(
    '--schemes',
    'rs:4+2',
    '--operations',
    'reconstruct,update',
    '--lost',
    '1',
    '--baseline',
  )
  const ratios = rows.map(({ operation, engine, timesBaseline, timesBaselineEncode, timesMemcpy }: SpeedRow) => {
    return [operation, engine, typeof timesBaseline, typeof timesBaselineEncode, typeof timesMemcpy].join(' ')
  })
  expect(ratios).toEqual([
    'reconstruct xor-program number number undefined',
    'reconstruct swizzle number number undefined',
    'reconstruct subspace-wasm number number undefined',
    'update xor-program undefined number undefined',
    'update swizzle undefined number undefined',
  ])
  expect(rows[2].timesBaseline).toBe(1)
  expect(rows[2].timesBaselineEncode).not.toBe(1)
})

test('a scheme without parity has no speed', async () => {
  const { rows } = await measure('--schemes', 'rs:2+0,mirror:1,xor:2+1', '--operations', 'encode,verify')
  expect(new Set(rows.map(({ scheme }: Discipline) => scheme))).toEqual(new Set(['xor:2+1']))
})

test('the table has a column for each ratio that there is', async () => {
  const table = async (...args: readonly string[]) => {
    const { stdout } = await captured(['bench', 'codec', ...quickly, '--engines', 'xor-program', ...args])
    return stdout.toString().split('\n')
  }
  const plain = await table('--schemes', 'rs:2+1', '--operations', 'encode')
  expect(plain[0]).toMatch(/^scheme +shard +operation +engine +threads +GB\/s +from … to$/)
  const [heading, ...lines] = await table('--schemes', 'rs:2+1,xor:2+1', '--operations', 'encode,update', '--baseline')
  expect(heading).toMatch(/ from … to {2}× subspace-wasm {2}× its encode {2}× memcpy$/)
  expect(lines[0]).toMatch(/^rs:2\+1 +4 KiB +encode +xor-program +1 .*( +[\d.]+){3}$/)
  expect(lines[3]).toMatch(/^rs:2\+1 +4 KiB +update +xor-program +1 .* … [\d.]+ +[\d.]+$/)
  expect(lines[4]).toMatch(/^xor:2\+1 +4 KiB +encode +xor-program +1 .* … [\d.]+ +[\d.]+$/)
})

test('several threads are compared with one', () => {
  const measured = { scheme: 'rs:2+1', form: 'rs:2+1', shardBytes: 4096, operation: 'encode', lost: 0 } as const
  const speeds = { engine: 'swizzle', gigabytesPerSecond: 2, minimum: 1, maximum: 3 } as const
  const none = { timesBaseline: undefined, timesBaselineEncode: undefined, timesMemcpy: undefined }
  const [heading, one, two] = speedTable([
    { ...measured, ...speeds, ...none, threads: 1, timesOneThread: undefined },
    { ...measured, ...speeds, ...none, threads: 2, timesOneThread: 1.75 },
  ])
  expect([heading, one, two].map((line) => line?.slice(7))).toEqual([['× 1 thread'], [''], ['1.8']])
})

test('a report is one page with a chart for each operation', async () => {
  const html = join(await emptyFolder(), 'report.html')
  await measure('--schemes', 'rs:2+1', '--operations', 'encode,update', '--html', html)
  const page = await readFile(html, 'utf8')
  expect(page.match(/<svg /g)).toHaveLength(2)
  expect(page).not.toMatch(/<script|<link|src=|href=|url\(|NaN|undefined|Infinity/)
})

test.each([
  [['--schemes', 'rs:4'], 'SCHEME_INVALID', /expected rs:data\+parity/],
  [['--shard', 'big'], 'USAGE', /--shard: "big" is not a size/],
  [['--shard', '0'], 'USAGE', /--shard: "0" is not a size in 1 B … 256 MiB/],
  [['--shard', '1000'], 'USAGE', /expected a multiple of 128/],
  [['--operations', 'encode,guess'], 'USAGE', /--operations: "guess" is not one of encode, /],
  [['--engines', 'steam'], 'USAGE', /--engines: "steam" is not one of xor-program, swizzle, reference/],
  [['--lost', '0'], 'USAGE', /--lost: "0" is not a whole number in 1 … 1023/],
  [['--threads', '65'], 'USAGE', /--threads: "65" is not a whole number in 1 … 64/],
  [['--rounds', ''], 'USAGE', /--rounds: "" is not a whole number/],
  [
    ['--schemes', 'local:4+2+1', '--engines', 'swizzle'],
    'USAGE',
    /none of these engines can do any of these operations/,
  ],
  [['--schemes', ''], 'SCHEME_INVALID', /invalid scheme ""/],
  [['--shard', '3'], 'USAGE', /shards of 3 bytes, expected a multiple of 128/],
  [['--threads', '0'], 'USAGE', /--threads: "0" is not a whole number in 1 … 64/],
  [['--html', '/no/such/folder/report.html'], 'FILE_UNWRITABLE', /there is no folder/],
  [['--html', ''], 'FILE_UNWRITABLE', /the name of a file to write is empty/],
  [['--html', '.'], 'FILE_UNWRITABLE', /is a directory/],
])('%j is refused in one line', async (args, code, message) => {
  const { status, stdout, stderr } = await captured(['bench', 'codec', ...args])
  expect({ status, stdout: stdout.length }).toEqual({ status: 2, stdout: 0 })
  expect(stderr).toMatch(new RegExp(`^p2pstore: [^\\n]+ \\[${code}\\]\\n$`))
  expect(stderr).toMatch(message)
})

test('an interruption ends it', async () => {
  const { status, stderr } = await captured(['bench', 'codec', '--schemes', 'rs:2+1'], { signal: AbortSignal.abort() })
  expect(status).toBe(1)
  expect(stderr).toMatch(/\[INTERRUPTED\]\n$/)
})

describe('baselines', () => {
  const discipline: Discipline = { scheme: 'rs:4+2', operation: 'reconstruct', shardBytes: 100, lost: 2 }

  test('one that is not installed is named', () => {
    expect(() => loadSubspace('@nobody/has-this.wasm')).toThrow(
      expect.objectContaining({
        code: 'BASELINE_MISSING',
        message: expect.stringContaining('npm install @nobody/has-this.wasm'),
      }),
    )
  })

  test('the other library takes part in what it can do', async () => {
    const library = await loadSubspace()
    const enters = (change: Partial<Discipline>) =>
      subspaceContestant(library, { ...discipline, ...change }) !== undefined
    expect(enters({})).toBe(true)
    expect(enters({ operation: 'encode', lost: 0 })).toBe(true)
    expect(enters({ operation: 'update', lost: 0 })).toBe(false)
    expect(enters({ scheme: 'grid:2+1,2+1' })).toBe(false)
    expect(enters({ lost: 3 })).toBe(false)
    subspaceContestant(library, discipline)?.repeat(2)
  })

  test('a refusal of the other library is no result', () => {
    const broken = { encode: () => 7, reconstruct: () => 7 }
    expect(() => subspaceContestant(broken, discipline)?.repeat(1)).toThrow(/subspace-wasm refuses .* 7/)
  })

  test('memory is copied for encoding only', () => {
    expect(copyContestant(discipline)).toBeUndefined()
    expect(copyContestant({ ...discipline, operation: 'encode' })?.engine).toBe('memcpy')
  })
})

describe('several threads', () => {
  const discipline: Discipline = { scheme: 'rs:4+2', operation: 'encode', shardBytes: 1 << 19, lost: 0 }

  test('share encoding and rebuilding, and nothing else', async () => {
    const jobs: string[] = []
    let stopped = 0
    const start: StartHelper = async ({ form, engine, memory }) => {
      const codec = await createCodec(form, { engine })
      codec.adopt(memory)
      return {
        async perform(job) {
          jobs.push(job.rebuild === undefined ? 'encode' : `rebuild ${job.rebuild.erased}`)
          performJob(codec, memory, job)
        },
        stop: async () => void stopped++,
      }
    }
    const enter = (change: Partial<Discipline>) =>
      codecContestant({ ...discipline, ...change }, 'xor-program', 2, start)
    expect(await enter({ operation: 'update' })).toBeUndefined()
    expect(await enter({ operation: 'reconstruct', lost: 3 })).toBeUndefined()
    for (const change of [{}, { operation: 'reconstruct', lost: 2 }] as const) {
      using contestant = (await enter(change)) as Contestant
      expect(contestant.threads).toBe(2)
      await contestant.repeat(2)
    }
    expect(jobs).toEqual(['encode', 'encode', 'rebuild 0,1', 'rebuild 0,1'])
    expect(stopped).toBe(2)
  })

  test('are real ones that work in the memory they are given, and tell when they fail', async () => {
    const codec = await createCodec('rs:4+2')
    const arena = createArena(codec, { shardBytes: 1 << 19, stripes: 1, threads: 2 })
    const file = new URL('../../src/bench/speed/helper-thread.ts', import.meta.url).href
    const withLoader = `import('tsx/esm/api').then(({ register }) => (register(), import(${JSON.stringify(file)})))`
    const execArgv = ['--conditions=@p2pstore/source']
    const task = { form: 'rs:4+2', engine: codec.engine, memory: memoryForThread(arena, 1) }
    const helper = await startHelper(task, (workerData) => new Worker(withLoader, { eval: true, workerData, execArgv }))
    try {
      const stripe = arena.take()!
      for (const [number, shard] of stripe.shards.entries()) shard.fill(number + 1)
      const team = createTeam(codec, arena, [helper])
      for (let round = 0; round < 3; round++) {
        expect(codec.verify(stripe.shards)).toBe(false)
        await team.encode(stripe)
        expect(codec.verify(stripe.shards)).toBe(true)
        stripe.shards[round]!.fill(99)
      }
      const noJob = null as unknown as Parameters<typeof helper.perform>[0]
      await expect(helper.perform(noJob)).rejects.toThrow('a helper thread has failed')
    } finally {
      await helper.stop()
    }
  })
})

describe('a race', () => {
  test('takes the median over interleaved rounds', async () => {
    let nowMs = 0
    const order: string[] = []
    const runner = (engine: string, times: readonly number[]): Contestant => {
      let run = 0
      return {
        ...{ engine, form: 'rs:2+1', threads: 1, coldRuns: 1, [Symbol.dispose]: () => {} },
        repeat() {
          order.push(engine)
          nowMs += times[Math.min(run++, times.length - 1)]!
        },
      }
    }
    const warm = new Array<number>(7).fill(20)
    const contestants = [runner('a', [...warm, 10, 30, 20]), runner('b', [...warm, 40])]
    const options = { rounds: 3, roundMs: 5, nowMs: () => nowMs, signal: new AbortController().signal }
    expect(await race(contestants, options)).toEqual([
      { medianMs: 20, fastestMs: 10, slowestMs: 30 },
      { medianMs: 40, fastestMs: 40, slowestMs: 40 },
    ])
    expect(order.slice(-6).join('')).toBe('abbaab')
  })
})
