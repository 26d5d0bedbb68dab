/**
 * How fast one unit keeps shards, as a share of what its file system can do at all, and what it takes to know them.
 *
 * Everything has a floor in the same run, done in turns with it, so that a machine that slows down slows both; figures are
 * medians over the rounds, ratios those of the rounds. Writers wait for their own acknowledgement; sizes are those of the
 * bodies. An acknowledgement that comes late is compared with one append and sync of a single body by one writer alone, and with
 * what bounds it: as much as all writers have in hand, appended plainly. All of that is on its way whenever a writer comes, so
 * none can be done sooner than it takes. Reads have a bound too: they are checked, so raw reads with a checksum of each.
 *
 * V8 is set up as in a node (`tuneEngine`).
 *
 * Options: `--rounds N` (5), `--mib N` written in a round (128), `--shards N` of the unit that is opened (1000000),
 * `--directory DIR` on the disk that is meant (the system's for temporary files).
 */
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { crc32 } from 'node:zlib'
import { type Clock, openSegmentStore, type ShardStore, silentLogger, systemClock, systemRandom } from '@p2pstore/node'
import { manualClock } from '@p2pstore/node/memory'
import { tuneEngine } from 'p2pstore'
import { type Benchmark, median, pairedRow, type Row, row } from '../benchmark.ts'
import { Child } from '../child.ts'
import { crowd, percentile } from '../crowd.ts'
import { filePerShard, plainAppend, rawReads, syncTimes } from './floors.ts'
import { Shards } from './shards.ts'

const writers = 64
const readers = 16
const expiringShards = 65_000

interface Plan {
  readonly directory: string
  readonly rounds: number
  readonly roundBytes: number
  readonly shardCount: number
  readonly report: (text: string) => void
}

export const store: Benchmark = {
  async run(options, report) {
    const { values } = parseArgs({
      args: [...options],
      options: {
        rounds: { type: 'string' },
        mib: { type: 'string' },
        shards: { type: 'string' },
        directory: { type: 'string' },
      },
    })
    tuneEngine()
    const directory = await mkdtemp(join(values.directory ?? tmpdir(), 'p2pstore-bench-'))
    const plan = {
      directory,
      rounds: Number(values.rounds ?? 5),
      roundBytes: Number(values.mib ?? 128) * 2 ** 20,
      shardCount: Number(values.shards ?? 1e6),
      report,
    }
    try {
      return [
        ...(await durablePuts(plan, 4 << 10, true)),
        ...(await durablePuts(plan, 64 << 10, true)),
        ...(await durablePuts(plan, 1 << 20, false)),
        ...(await warmReads(plan)),
        ...(await expiry(plan)),
        ...(await opening(plan, 8)),
        ...(await opening(plan, 1)),
      ]
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  },
}

function openUnit(directory: string, clock: Clock = systemClock): Promise<ShardStore> {
  return openSegmentStore({ directory, capacityBytes: 2 ** 40, clock, random: systemRandom, logger: silentLogger })
}

async function durablePuts(plan: Plan, bodyBytes: number, withFiles: boolean): Promise<Row[]> {
  const { directory, rounds, report } = plan
  const shards = new Shards(bodyBytes)
  const count = Math.ceil(Math.min(plan.roundBytes, 16_384 * bodyBytes) / bodyBytes)
  const megabytes = (count * bodyBytes) / 2 ** 20
  const speeds = { store: [] as number[], append: [] as number[], files: [] as number[] }
  const latenciesMs = { p99: [] as number[], sync: [] as number[], inHand: [] as number[] }
  for (let round = 0; round < rounds; round++) {
    const room = join(directory, `puts-${bodyBytes}-${round}`)
    await mkdir(room)
    const unit = await openUnit(join(room, 'unit'))
    const stored = await crowd(count, writers, (number) => unit.put(shards.write(number)))
    await unit.close()
    speeds.store.push(megabytes / stored.seconds)
    latenciesMs.p99.push(percentile(stored.latenciesMs, 0.99))
    speeds.append.push(megabytes / (await plainAppend(room, shards.body, count, writers)))
    latenciesMs.sync.push(median(await syncTimes(room, shards.body, 50)))
    const inHand: number[] = []
    for (let turn = 0; turn < 5; turn++) inHand.push(1000 * (await plainAppend(room, shards.body, writers, writers)))
    latenciesMs.inHand.push(median(inHand))
    if (withFiles) {
      const fileCount = Math.min(count, 4096)
      const { seconds } = await filePerShard(room, shards.body, fileCount, writers)
      speeds.files.push((fileCount * bodyBytes) / 2 ** 20 / seconds)
    }
    await rm(room, { recursive: true })
    report(
      `${bodyBytes >> 10} KiB, round ${round + 1} of ${rounds}: ${Math.round(speeds.store.at(-1) as number)} MiB/s`,
    )
  }
  const name = `durable puts of ${bodyBytes >> 10} KiB, ${writers} writers`
  return [
    ...(withFiles ? [pairedRow(`${name} / a file each`, speeds.store, 'MiB/s', speeds.files)] : []),
    pairedRow(`${name} / plain append`, speeds.store, 'MiB/s', speeds.append),
    pairedRow(`${name}, p99 / sync of one`, latenciesMs.p99, 'ms', latenciesMs.sync),
    pairedRow(`${name}, p99 / plain append of all in hand`, latenciesMs.p99, 'ms', latenciesMs.inHand),
  ]
}

async function warmReads({ directory, rounds, roundBytes, report }: Plan): Promise<Row[]> {
  const bodyBytes = 64 << 10
  const shards = new Shards(bodyBytes)
  const count = Math.ceil(roundBytes / bodyBytes)
  const unit = await openUnit(join(directory, 'reads'))
  await crowd(count, writers, (number) => unit.put(shards.write(number)))
  await plainAppend(directory, shards.body, count, writers)
  const file = await open(join(directory, 'appended'), 'r')
  const speeds = { store: [] as number[], raw: [] as number[], checked: [] as number[] }
  // Far apart, each once: 40503 is prime.
  const order = Array.from({ length: count }, (_, number) => (number * 40_503) % count)
  for (let round = 0; round <= rounds; round++) {
    const raw = await rawReads(file, bodyBytes, order, readers)
    const checked = await rawReads(file, bodyBytes, order, readers, (bytes) => crc32(bytes))
    const { seconds } = await crowd(count, readers, (turn) => unit.get(shards.id(order[turn] as number)))
    // The first round warms.
    if (round === 0) continue
    speeds.raw.push(roundBytes / 2 ** 20 / raw)
    speeds.checked.push(roundBytes / 2 ** 20 / checked)
    speeds.store.push(roundBytes / 2 ** 20 / seconds)
    report(`warm reads, round ${round} of ${rounds}: ${Math.round(speeds.store.at(-1) as number)} MiB/s`)
  }
  await file.close()
  await unit.close()
  const name = `warm reads of 64 KiB, ${readers} readers / raw positioned reads`
  return [
    pairedRow(name, speeds.store, 'MiB/s', speeds.raw),
    pairedRow(`${name} with a checksum`, speeds.store, 'MiB/s', speeds.checked),
  ]
}

async function expiry({ directory, report }: Plan): Promise<Row[]> {
  const clock = manualClock()
  const shards = new Shards(4 << 10)
  const unit = await openUnit(join(directory, 'expiry'), clock)
  const deleteAfterMs = clock.nowMs() + 1000
  await crowd(expiringShards, 256, (number) => unit.put(shards.write(number, deleteAfterMs)))
  report(`expiry: ${expiringShards} shards stored`)
  const startMs = performance.now()
  clock.advance(86_400_000)
  while (unit.usage().deadBytes > 1 << 20) await new Promise((resolve) => setImmediate(resolve))
  const seconds = (performance.now() - startMs) / 1000
  await unit.close()
  return [row(`expiry of ${expiringShards} shards`, seconds, 's')]
}

async function opening({ directory, shardCount, report }: Plan, perObject: number): Promise<Row[]> {
  const unitDirectory = join(directory, `open-${perObject}`)
  const unit = await openUnit(unitDirectory)
  const shards = new Shards(16, perObject)
  await crowd(shardCount, 4096, (number) => unit.put(shards.write(number)))
  await unit.close()
  report(`opening: ${shardCount} shards stored, ${perObject} an object`)
  const child = new Child(new URL('./open-process.js', import.meta.url))
  try {
    const { result } = await child.ask<{ seconds: number; cpuSeconds: number; bytes: number; shardCount: number }>({
      do: 'open',
      directory: unitDirectory,
    })
    if (result.shardCount !== shardCount) throw new Error(`${result.shardCount} shards are there, not ${shardCount}`)
    const name = `${shardCount} shards, ${perObject} an object`
    return [
      row(`open with ${name}`, result.seconds, 's'),
      row(`open with ${name}, CPU`, result.cpuSeconds, 's'),
      row(`memory of ${name}`, result.bytes / shardCount, 'B/shard'),
    ]
  } finally {
    await child.end()
    await rm(unitDirectory, { recursive: true })
  }
}
