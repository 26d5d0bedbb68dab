import { expect, test } from 'vitest'
import { describePlace } from '../../src/store/units/unit-entry.ts'
import { id, shard, summary } from '../contract/shard-store.ts'
import { expectExactFigures } from './recount.ts'
import { Seeded } from './seeded.ts'
import { seedsOf, tellProgress } from './seeds.ts'
import { UnitsMachine } from './units-fixture.ts'

/** How many sequences: P2PSTORE_SEQUENCES=100000 for a long run. */
const seeds = seedsOf('P2PSTORE_SEQUENCES', 150)
const idCount = 12
const hourMs = 3_600_000
const unitBytes = 4 << 20

interface Held {
  readonly text: string
  readonly deleteAfterMs: number
}

/** A store beside the plain map that it must not be told from. One operation at a time, so there is one right answer. */
class Comparison {
  readonly machine: UnitsMachine
  readonly #random: Seeded
  readonly #map = new Map<number, Held>()
  #nextBody = 0

  constructor(seed: number) {
    this.#random = new Seeded(seed)
    this.machine = new UnitsMachine(['a'], unitBytes, seed, 1 << 16)
  }

  async run(): Promise<void> {
    await this.machine.open()
    for (let step = 0; step < 40; step++) await this.#step()
    await this.#compare()
    await this.machine.units.close()
  }

  async #step(): Promise<void> {
    const { clock } = this.machine
    const number = this.#random.below(idCount)
    const dice = this.#random.below(100)
    if (dice < 40) await this.#put(number)
    else if (dice < 60) await this.#delete(number)
    else if (dice < 75) await this.#get(number)
    else if (dice < 81) clock.advance(this.#random.below(this.#random.pick([hourMs, 40 * hourMs])))
    else if (dice < 87) await settle()
    else if (dice < 92) await this.#changeUnits()
    else if (dice < 95) await this.machine.reopen()
    else if (dice < 98) await this.#crash()
    else await this.#compare()
  }

  async #crash(): Promise<void> {
    await this.machine.kill()
    // What dies with the process says so now.
    await this.machine.units.close()
    if (this.#random.chance(0.5)) for (const disk of this.machine.disks.values()) disk.powerCut(this.#random)
    await this.machine.crash()
  }

  /** Units come, go while they hold something, come back before they have gone, and grow. */
  async #changeUnits(): Promise<void> {
    const { units } = this.machine
    const { name } = this.#random.pick(units.report())
    const path = this.#random.pick(['a', 'b', 'c'])
    const action = this.#random.below(3)
    const change =
      action === 0
        ? units.remove(name, { abandon: false })
        : action === 1
          ? units.add({ kind: 'directory', path }, { capacityBytes: unitBytes })
          : units.resize(name, this.#random.pick([1, 2]) * unitBytes)
    const code = await change.then(
      () => 'done',
      (error) => error.code,
    )
    if (!['done', 'UNIT_LAST', 'UNIT_EXISTS'].includes(code)) throw new Error(`a change of the units: ${code}`)
  }

  async #put(number: number): Promise<void> {
    const { clock, units } = this.machine
    const lastsMs = 1 + this.#random.below(60 * hourMs)
    const deleteAfterMs = this.#random.chance(0.5) ? 0 : clock.nowMs() + lastsMs
    const write = shard(number, this.#random.below(20_000), { seed: this.#nextBody++, deleteAfterMs })
    const replaces = this.#random.chance(0.5)
    const held = this.#held(number)
    const done = await units.put(write, { ifPresent: replaces ? 'replace' : 'keep' }).then(
      () => 'done',
      (error) => error.code,
    )
    assertSame(`put ${number}`, done, held !== undefined && !replaces ? 'SHARD_CONFLICT' : 'done')
    if (done === 'done') this.#map.set(number, { text: summary(write.body.slice()), deleteAfterMs })
  }

  async #delete(number: number): Promise<void> {
    assertSame(`delete ${number}`, await this.machine.units.delete(id(number)), this.#held(number) !== undefined)
    this.#map.delete(number)
  }

  async #get(number: number): Promise<void> {
    const { units } = this.machine
    assertSame(`get ${number}`, summary(await units.get(id(number))), this.#held(number)?.text ?? 'nothing')
    assertSame(`end of ${number}`, units.stat(id(number))?.deleteAfterMs, this.#held(number)?.deleteAfterMs)
  }

  async #compare(): Promise<void> {
    await settle()
    for (let number = 0; number < idCount; number++) await this.#get(number)
    const { entries, units } = this.machine
    // What is just being moved is there twice.
    if (units.report().some(({ state }) => state !== 'active')) return
    const present = Array.from({ length: idCount }, (_, number) => number).filter((number) => this.#held(number))
    const disks = entries.map(({ place }) => this.machine.disk(describePlace(place)))
    await expectExactFigures(units, disks, present.length)
  }

  #held(number: number): Held | undefined {
    const held = this.#map.get(number)
    const isOver = held !== undefined && held.deleteAfterMs !== 0 && held.deleteAfterMs <= this.machine.clock.nowMs()
    return isOver ? undefined : held
  }
}

/** As `expect`, which is too slow for millions of comparisons. */
function assertSame(what: string, found: unknown, right: unknown): void {
  if (found !== right) throw new Error(`${what}: ${found} instead of ${right}`)
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 12; turn++) await new Promise((resolve) => setImmediate(resolve))
}

test(`a store is not told from a plain map, over ${seeds.length} sequences`, async () => {
  const total = { compactedSegments: 0 }
  for (const seed of seeds) {
    const comparison = new Comparison(seed)
    await comparison.run().catch((error) => {
      throw new Error(`seed ${seed}: ${error.message}`, { cause: error })
    })
    const lines = comparison.machine.log.lines
    total.compactedSegments += lines.filter(({ message }) => message === 'a segment was compacted').length
    tellProgress('sequences', seeds, seed, total)
  }
  if (seeds.length > 100) expect(total.compactedSegments).toBeGreaterThan(seeds.length / 5)
}, 14_400_000)
