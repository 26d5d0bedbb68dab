/**
 * One life of a store under crashes, decided by a seed. Several generations of a process write to one simulated disk; each
 * is killed at some operation of the disk (while opening, too), killed between two, or closed; then the power may fail.
 *
 * The model knows for each id what was acknowledged last, and what was begun since without being acknowledged. After every
 * crash the store must answer one of these and nothing else; what it answered once it must keep. Its figures must equal a
 * recount of the files.
 */
import type { ShardStore, ShardWrite, UnitStore } from '../../src/ports/shard-store.ts'
import type { openSegmentStore } from '../../src/store/segment/open.ts'
import { id, shard, summary } from '../contract/shard-store.ts'
import { CollectedLog } from './collected-log.ts'
import { type Intercept, interceptedDisk, type Operation, ProcessDisk } from './intercepted-disk.ts'
import { ManualClock } from './manual-clock.ts'
import { expectExactFigures } from './recount.ts'
import { Seeded } from './seeded.ts'
import { SimulatedDisk } from './simulated-disk.ts'

export interface CrashRunParts {
  readonly openStore: typeof openSegmentStore
  /** Stands between the store and its simulated disk, to plant a bug. */
  readonly sabotage?: (disk: SimulatedDisk) => Intercept
}

interface Outcome {
  /** A summary of the body. */
  readonly text: string
  readonly deleteAfterMs: number
}

interface Known {
  settled: Outcome
  /** Begun after `settled`, in this order, and not acknowledged as durable. */
  open: Outcome[]
  lastWrite: ShardWrite | undefined
}

const nothing: Outcome = { text: 'nothing', deleteAfterMs: 0 }
const hourMs = 3_600_000
const withoutEffect = ['SHARD_CONFLICT', 'SHARD_EXPIRED', 'STORE_CLOSED']

/** What happened in a life, to see that there was something to survive. */
export interface CrashRunReport {
  readonly powerCuts: number
  readonly compactedSegments: number
  /** Power cuts and kills while a segment was being rewritten. */
  readonly interruptedCompactions: number
}

/** @throws when the store broke a promise; the message begins with the seed */
export async function crashRun(seed: number, parts: CrashRunParts): Promise<CrashRunReport> {
  try {
    return await new CrashRun(seed, parts).run()
  } catch (error) {
    throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : error}`, { cause: error })
  }
}

class CrashRun {
  readonly #parts: CrashRunParts
  readonly #random: Seeded
  readonly #clock = new ManualClock()
  readonly #disk = new SimulatedDisk()
  readonly #known: Known[]
  readonly #log = new CollectedLog()
  /** Segments that were unlinked: no other one may ever have their names. */
  readonly #unlinked = new Set<string>()
  #reused: string | undefined
  #nextBody = 0
  #powerCuts = 0

  constructor(seed: number, parts: CrashRunParts) {
    this.#random = new Seeded(seed)
    this.#parts = parts
    // Few ids are rewritten again and again; of more of them, something is left in most segments.
    const idCount = this.#random.pick([8, 8, 16])
    this.#known = Array.from({ length: idCount }, () => ({ settled: nothing, open: [], lastWrite: undefined }))
  }

  async run(): Promise<CrashRunReport> {
    for (let generation = 0; generation < 4; generation++) {
      const process = new ProcessDisk(this.#faultyDisk())
      if (this.#random.chance(0.7)) process.killAfter(this.#random.below(120))
      const store = await this.#open(process)
      if (store !== undefined) await this.#live(store, process)
      await process.kill()
      await settle()
      if (!this.#random.chance(0.7)) continue
      this.#disk.powerCut(this.#random)
      this.#powerCuts++
    }
    const store = await this.#open(new ProcessDisk(this.#disk))
    if (store === undefined) throw new Error('the store does not open')
    await this.#verify(store)
    await store.close()
    return {
      powerCuts: this.#powerCuts,
      compactedSegments: this.#count('a segment was compacted'),
      interruptedCompactions: this.#count('a segment could not be compacted'),
    }
  }

  #count(message: string): number {
    return this.#log.lines.filter((line) => line.message === message).length
  }

  /** The simulated disk with, now and then, a sync that fails; between it and the store the planted bug. */
  #faultyDisk() {
    const faulty = interceptedDisk(this.#disk, async (operation, run) => {
      this.#watchNames(operation)
      if (operation.kind !== 'sync' || !this.#random.chance(0.02)) return run()
      this.#disk.forgetUnsynced(operation.name)
      throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' })
    })
    const { sabotage } = this.#parts
    return sabotage === undefined ? faulty : interceptedDisk(faulty, sabotage(this.#disk))
  }

  #watchNames({ kind, name }: Operation): void {
    if (kind === 'unlink') this.#unlinked.add(name)
    if (kind === 'create' && this.#unlinked.has(name.replace('.new', ''))) this.#reused = name
  }

  async #open(process: ProcessDisk): Promise<UnitStore | undefined> {
    const options = {
      directory: 'simulated',
      capacityBytes: 8 << 20,
      segmentBytes: 1 << 16,
      groupBytes: 1 << 16,
      clock: this.#clock,
      random: this.#random,
      logger: this.#log,
      disk: process.disk,
    }
    return this.#parts.openStore(options).catch((error) => {
      if (process.isKilled || error.code === 'STORE_FAILED') return undefined
      throw error
    })
  }

  async #live(store: UnitStore, process: ProcessDisk): Promise<void> {
    await settle()
    if (!process.isKilled) await this.#verify(store)
    if (this.#random.chance(0.1)) await this.#openTwice(process)
    if (this.#random.chance(0.2)) await this.#shrink(store)
    let running: Promise<void>[] = []
    const count = 10 + this.#random.below(40)
    for (let step = 0; step < count; step++) {
      running.push(this.#operation(store))
      if (this.#random.chance(0.25)) {
        await Promise.all(running)
        running = []
      }
      if (this.#random.chance(0.1))
        this.#clock.advance(this.#random.below(this.#random.chance(0.5) ? 2000 : 20 * hourMs))
      if (this.#random.chance(0.1) && !process.isKilled) await this.#readOne(store)
    }
    if (this.#random.chance(0.3)) await Promise.all([...running, store.close()])
    else if (this.#random.chance(0.5)) await process.kill()
    await Promise.all(running)
  }

  async #openTwice(process: ProcessDisk): Promise<void> {
    const second = await this.#open(process).catch((error) => error.code)
    if (second !== undefined && second !== 'DIRECTORY_IN_USE') throw new Error('the directory has two owners')
  }

  /** With less room than is taken, nothing more is. */
  async #shrink(store: UnitStore): Promise<void> {
    const { capacityBytes, liveBytes, deadBytes } = store.usage()
    store.resize(Math.floor(((liveBytes + deadBytes) * this.#random.below(10)) / 10))
    const outcome = await store.put(shard(this.#known.length, 1)).catch((error) => error.code)
    if (typeof outcome !== 'string')
      throw new Error(`the figures say ${JSON.stringify(store.usage())}, but it takes more`)
    store.resize(capacityBytes)
  }

  /** Begins one operation on a random id; resolves when it is over, well or badly. */
  async #operation(store: ShardStore): Promise<void> {
    const number = this.#random.below(this.#known.length)
    const known = this.#known[number]!
    if (this.#random.chance(0.25)) return this.#track(known, { ...nothing }, store.delete(id(number)), true)
    const write = this.#random.chance(0.15) && known.lastWrite ? known.lastWrite : this.#newWrite(number)
    known.lastWrite = write
    const outcome = { text: summary(write.body.slice()), deleteAfterMs: write.deleteAfterMs }
    const isDurable = this.#random.chance(0.75)
    const durability = isDurable ? 'durable' : 'memory'
    const ifPresent = this.#random.chance(0.5) ? 'replace' : 'keep'
    return this.#track(known, outcome, store.put(write, { durability, ifPresent }), isDurable)
  }

  async #track(known: Known, outcome: Outcome, operation: Promise<unknown>, isDurable: boolean): Promise<void> {
    known.open.push(outcome)
    const code = await operation.then(
      () => 'done',
      (error) => error.code,
    )
    // A later operation may have been acknowledged first; then it does not matter any more what became of this one.
    const place = known.open.indexOf(outcome)
    if (place < 0) return
    if (withoutEffect.includes(code)) known.open.splice(place, 1)
    else if (code === 'done' && isDurable) known.settled = known.open.splice(0, place + 1).at(-1)!
    else if (code !== 'done' && code !== 'STORE_FAILED' && code !== 'STORE_FULL') await operation
  }

  #newWrite(number: number): ShardWrite {
    const size = this.#random.chance(0.1) ? 66_000 + this.#random.below(80_000) : this.#random.below(5000)
    const lastsMs = 1 + this.#random.below(this.#random.chance(0.3) ? 3000 : 60 * hourMs)
    const deleteAfterMs = this.#random.chance(0.6) ? 0 : this.#clock.nowMs() + lastsMs
    return shard(number, size, { seed: this.#nextBody++, deleteAfterMs })
  }

  async #readOne(store: ShardStore): Promise<void> {
    const number = this.#random.below(this.#known.length)
    const before = this.#allowed(number)
    const text = await store.get(id(number)).then(summary, (error) => error.code)
    // A process that dies while it reads may answer that its disk failed.
    if (text !== 'STORE_FAILED' && ![...before, ...this.#allowed(number)].includes(text)) {
      throw new Error(`id ${number} was answered with ${text} while it was written`)
    }
  }

  /** Everything is as it was acknowledged; from now on it has to stay as it is found. */
  async #verify(store: ShardStore): Promise<void> {
    let shardCount = 0
    for (const [number, known] of this.#known.entries()) {
      const text = await store.get(id(number)).then(summary, (error) => error.code)
      if (text === 'STORE_FAILED') return
      if (!this.#allowed(number).includes(text)) {
        throw new Error(`id ${number} is ${text}, not one of: ${this.#allowed(number).join(' | ')}`)
      }
      const status = store.stat(id(number))
      known.settled = { text, deleteAfterMs: status?.deleteAfterMs ?? 0 }
      known.open = []
      if (status !== undefined) shardCount++
    }
    await settle()
    await expectExactFigures(store, [this.#disk], shardCount)
    if (this.#reused !== undefined) throw new Error(`the name ${this.#reused} was used before`)
  }

  #allowed(number: number): string[] {
    const known = this.#known[number]!
    const nowMs = this.#clock.nowMs()
    const isOver = ({ deleteAfterMs }: Outcome) => deleteAfterMs !== 0 && nowMs >= deleteAfterMs
    return [known.settled, ...known.open].map((outcome) => (isOver(outcome) ? 'nothing' : outcome.text))
  }
}

/** Lets everything that waits for nothing but itself happen. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 12; turn++) await new Promise((resolve) => setImmediate(resolve))
}
