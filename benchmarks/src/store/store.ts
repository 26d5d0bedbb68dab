/**
 * How fast one unit keeps shards, as a share of what its file system can do at all, and what it takes to know them.
 *
 * Everything has a floor in the same run, done in turns with it, so that a machine that slows down slows both; figures are
 * medians over the rounds, ratios those of the rounds. Writers wait for their own acknowledgement; sizes are those of the
 * bodies.
 *
 * The slowest acknowledgement of a hundred is compared with three things: one append and sync of a single body by a
 * writer alone; the slowest of a hundred of the syncs that the store made meanwhile, which tells what of it was the
 * disk's; and what bounds it, as much as all writers have in hand, appended plainly. All of that is on its way whenever
 * a writer comes, so none can be done sooner than it takes. Few writers have little in hand: with them it shows what
 * the store itself adds.
 *
 * Reads are made as a node makes those that it sends: memory is used again. Raw ones take new memory each time, as programs do that
 * read with `FileHandle.read`; and, as further rows, use it again too, without and with a checksum of each, which is the bound.
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
import { Slabs } from '@p2pstore/node'
import { manualClock } from '@p2pstore/node/memory'
import { tuneEngine } from 'p2pstore'
import { type Benchmark, pairedRow, type Row, row } from '../benchmark.ts'
import { Child } from '../child.ts'
import { crowd } from '../crowd.ts'
import { Acknowledgements } from './acknowledgements.ts'
import { filePerShard, plainAppend, rawReads } from './floors.ts'
import { openUnit } from './open-unit.ts'
import { Shards } from './shards.ts'

const writers = 64
const fewWriters = 8
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

async function durablePuts(plan: Plan, bodyBytes: number, withFiles: boolean): Promise<Row[]> {
  const { directory, rounds, report } = plan
  const shards = new Shards(bodyBytes)
  const count = Math.ceil(Math.min(plan.roundBytes, 16_384 * bodyBytes) / bodyBytes)
  const megabytes = (count * bodyBytes) / 2 ** 20
  const speeds = { store: [] as number[], append: [] as number[], files: [] as number[] }
  const crowds = [writers, fewWriters].map((size) => new Acknowledgements(shards, size))
  for (let round = 0; round < rounds; round++) {
    const room = join(directory, `puts-${bodyBytes}-${round}`)
    await mkdir(room)
    for (const acknowledgements of crowds) {
      const seconds = await acknowledgements.measure(room, count)
      if (acknowledgements.writers === writers) speeds.store.push(megabytes / seconds)
    }
    speeds.append.push(megabytes / (await plainAppend(room, shards.body, count, writers)))
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
    ...crowds.flatMap((acknowledgements) => acknowledgements.rows()),
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
  const speeds = { store: [] as number[], raw: [] as number[], reused: [] as number[], checked: [] as number[] }
  const slabs = new Slabs(4 << 20)
  // As a node does that sends it: who has the body gives its memory back.
  const read = async (turn: number): Promise<void> => {
    const body = await unit.get(shards.id(order[turn] as number), undefined, (length) => slabs.take(length))
    if (body === undefined) throw new Error('a shard is missing')
    slabs.handOut(body, body.length)
    slabs.giveBack([body])
  }
  // Far apart, each once: 40503 is prime.
  const order = Array.from({ length: count }, (_, number) => (number * 40_503) % count)
  for (let round = 0; round <= rounds; round++) {
    const raw = await rawReads(file, bodyBytes, order, readers)
    const reused = await rawReads(file, bodyBytes, order, readers, { slabs })
    const checked = await rawReads(file, bodyBytes, order, readers, { slabs, check: (bytes) => crc32(bytes) })
    const { seconds } = await crowd(count, readers, read)
    // The first round warms.
    if (round === 0) continue
    speeds.raw.push(roundBytes / 2 ** 20 / raw)
    speeds.reused.push(roundBytes / 2 ** 20 / reused)
    speeds.checked.push(roundBytes / 2 ** 20 / checked)
    speeds.store.push(roundBytes / 2 ** 20 / seconds)
    report(`warm reads, round ${round} of ${rounds}: ${Math.round(speeds.store.at(-1) as number)} MiB/s`)
  }
  await file.close()
  await unit.close()
  const name = `warm reads of 64 KiB, ${readers} readers / raw positioned reads`
  return [
    pairedRow(name, speeds.store, 'MiB/s', speeds.raw),
    pairedRow(`${name} into memory used again`, speeds.store, 'MiB/s', speeds.reused),
    pairedRow(`${name} so, with a checksum`, speeds.store, 'MiB/s', speeds.checked),
  ]
}

async function expiry({ directory, report }: Plan): Promise<Row[]> {
  const clock = manualClock()
  const shards = new Shards(4 << 10)
  const unit = await openUnit(join(directory, 'expiry'), { clock })
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
