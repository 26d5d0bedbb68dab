import { expect, test } from 'vitest'
import type { ShardStore } from '../../src/ports/shard-store.ts'
import { openSegmentStore } from '../../src/store/segment/open.ts'
import { id, shard, summary } from '../contract/shard-store.ts'
import { CollectedLog } from './collected-log.ts'
import { ProcessDisk } from './intercepted-disk.ts'
import { ManualClock } from './manual-clock.ts'
import { expectExactFigures } from './recount.ts'
import { Seeded } from './seeded.ts'
import { SimulatedDisk } from './simulated-disk.ts'

/** How many sequences: P2PSTORE_SEQUENCES=100000 for a long run, P2PSTORE_SEED=7 to see one again. */
const { P2PSTORE_SEQUENCES = '150', P2PSTORE_SEED: only } = process.env
const count = Number(P2PSTORE_SEQUENCES)
const idCount = 12
const hourMs = 3_600_000

interface Held {
  readonly text: string
  readonly deleteAfterMs: number
}

/** A store beside the plain map that it must not be told from. One operation at a time, so there is one right answer. */
class Comparison {
  readonly #random: Seeded
  readonly #disk = new SimulatedDisk()
  readonly #clock = new ManualClock()
  readonly #map = new Map<number, Held>()
  readonly log = new CollectedLog()
  #process = new ProcessDisk(this.#disk)
  #store!: ShardStore
  #nextBody = 0

  constructor(seed: number) {
    this.#random = new Seeded(seed)
  }

  async run(): Promise<void> {
    await this.#open()
    for (let step = 0; step < 40; step++) await this.#step()
    await this.#compare()
    await this.#store.close()
  }

  async #step(): Promise<void> {
    const number = this.#random.below(idCount)
    const dice = this.#random.below(100)
    if (dice < 40) await this.#put(number)
    else if (dice < 65) await this.#delete(number)
    else if (dice < 80) await this.#get(number)
    else if (dice < 86) this.#clock.advance(this.#random.below(this.#random.pick([hourMs, 40 * hourMs])))
    else if (dice < 92) await settle()
    else if (dice < 95) await this.#store.close().then(() => this.#open())
    else if (dice < 98) await this.#crash()
    else await this.#compare()
  }

  async #open(): Promise<void> {
    this.#process = new ProcessDisk(this.#disk)
    this.#store = await openSegmentStore({
      directory: 'simulated',
      capacityBytes: 4 << 20,
      segmentBytes: 1 << 16,
      groupBytes: 1 << 16,
      clock: this.#clock,
      random: this.#random,
      logger: this.log,
      disk: this.#process.disk,
    })
  }

  async #crash(): Promise<void> {
    await this.#process.kill()
    if (this.#random.chance(0.5)) this.#disk.powerCut(this.#random)
    await this.#open()
  }

  async #put(number: number): Promise<void> {
    const lastsMs = 1 + this.#random.below(60 * hourMs)
    const deleteAfterMs = this.#random.chance(0.5) ? 0 : this.#clock.nowMs() + lastsMs
    const write = shard(number, this.#random.below(20_000), { seed: this.#nextBody++, deleteAfterMs })
    const replaces = this.#random.chance(0.5)
    const held = this.#held(number)
    const done = await this.#store.put(write, { ifPresent: replaces ? 'replace' : 'keep' }).then(
      () => 'done',
      (error) => error.code,
    )
    expect(done).toBe(held !== undefined && !replaces ? 'SHARD_CONFLICT' : 'done')
    if (done === 'done') this.#map.set(number, { text: summary(write.body.slice()), deleteAfterMs })
  }

  async #delete(number: number): Promise<void> {
    expect(await this.#store.delete(id(number))).toBe(this.#held(number) !== undefined)
    this.#map.delete(number)
  }

  async #get(number: number): Promise<void> {
    expect(summary(await this.#store.get(id(number))), `shard ${number}`).toBe(this.#held(number)?.text ?? 'nothing')
    expect(this.#store.stat(id(number))?.deleteAfterMs).toBe(this.#held(number)?.deleteAfterMs)
  }

  async #compare(): Promise<void> {
    await settle()
    for (let number = 0; number < idCount; number++) await this.#get(number)
    const present = Array.from({ length: idCount }, (_, number) => number).filter((number) => this.#held(number))
    await expectExactFigures(this.#store, this.#disk, present.length)
  }

  #held(number: number): Held | undefined {
    const held = this.#map.get(number)
    const isOver = held !== undefined && held.deleteAfterMs !== 0 && held.deleteAfterMs <= this.#clock.nowMs()
    return isOver ? undefined : held
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 12; turn++) await new Promise((resolve) => setImmediate(resolve))
}

test(`a store is not told from a plain map, over ${only ?? count} sequences`, async () => {
  const seeds = only === undefined ? Array.from({ length: count }, (_, index) => index + 1) : [Number(only)]
  let compacted = 0
  for (const seed of seeds) {
    const comparison = new Comparison(seed)
    await comparison.run().catch((error) => {
      throw new Error(`seed ${seed}: ${error.message}`, { cause: error })
    })
    compacted += comparison.log.lines.filter(({ message }) => message === 'a segment was compacted').length
  }
  if (only === undefined) expect(compacted).toBeGreaterThan(count / 5)
}, 14_400_000)
