/**
 * Random histories of a store over several units that is killed, or loses power, at any operation of its disks, also while
 * units are emptied, added and shrunk. After each death it is opened again and must hold exactly what it has promised. A
 * longer run: P2PSTORE_UNIT_HISTORIES=2000.
 */
import { expect, test } from 'vitest'
import { id, pattern, shard, summary } from '../contract/shard-store.ts'
import { Seeded } from './seeded.ts'
import { UnitsMachine } from './units-fixture.ts'

const { P2PSTORE_UNIT_HISTORIES = '15', P2PSTORE_UNIT_SEED = '1' } = process.env
const lives = 4
const stepsOfLife = 25
const idCount = 30

test(`${P2PSTORE_UNIT_HISTORIES} histories: nothing acknowledged is lost, nothing deleted is back`, async () => {
  const first = Number(P2PSTORE_UNIT_SEED)
  for (let seed = first; seed < first + Number(P2PSTORE_UNIT_HISTORIES); seed++) {
    await new History(seed).run().catch((error: Error) => {
      error.message = `P2PSTORE_UNIT_SEED=${seed} P2PSTORE_UNIT_HISTORIES=1: ${error.message}`
      throw error
    })
  }
}, 3_600_000)

class History {
  readonly #random: Seeded
  readonly #machine: UnitsMachine
  /** What an id may hold: one text, or several when nobody was told how the last change went. */
  readonly #allowed = new Map<number, Set<string>>()
  #versions = 0

  constructor(seed: number) {
    this.#random = new Seeded(seed)
    this.#machine = new UnitsMachine(['a', 'b', 'c'], 4 << 20, seed)
  }

  async run(): Promise<void> {
    await this.#machine.open()
    for (let life = 0; life < lives; life++) {
      this.#machine.killAfter(this.#random.below(400))
      await this.#live()
      await this.#machine.kill()
      // What dies with the process says so now.
      await this.#machine.units.close()
      if (this.#random.chance(0.5)) for (const disk of this.#machine.disks.values()) disk.powerCut(this.#random)
      await this.#machine.crash()
      await this.#check()
    }
    await this.#settle()
    await this.#check()
    await this.#machine.units.close()
  }

  async #live(): Promise<void> {
    for (let step = 0; step < stepsOfLife && !this.#machine.isKilled; step++) {
      const atOnce = new Set(Array.from({ length: 1 + this.#random.below(4) }, () => this.#random.below(idCount)))
      if (this.#random.chance(0.25)) await this.#changeUnits().catch(ignoreDeath)
      await Promise.all([...atOnce].map((number) => this.#change(number)))
    }
  }

  async #changeUnits(): Promise<void> {
    const { units } = this.#machine
    const names = units.report().map(({ name }) => name)
    const name = this.#random.pick(names)
    const path = this.#random.pick(['a', 'b', 'c', 'd'])
    const capacityBytes = this.#random.pick([1 << 20, 2 << 20, 4 << 20])
    const action = this.#random.below(3)
    if (action === 0) await units.remove(name, { abandon: false })
    else if (action === 1) await units.add({ kind: 'directory', path }, { capacityBytes: 4 << 20 })
    else await units.resize(name, capacityBytes)
  }

  async #change(number: number): Promise<void> {
    const { units } = this.#machine
    const before = this.#allowed.get(number) ?? new Set(['nothing'])
    const isDelete = this.#random.chance(0.2)
    const seed = 1000 + this.#versions++
    const size = this.#random.below(20_000)
    const after = isDelete ? 'nothing' : summary(pattern(seed, size))
    this.#allowed.set(number, new Set([...before, after]))
    try {
      if (isDelete) await units.delete(id(number))
      else await units.put(shard(number, size, { seed }), { ifPresent: 'replace' })
      this.#allowed.set(number, new Set([after]))
    } catch (error) {
      ignoreDeath(error)
    }
  }

  /** Until no unit is being emptied. */
  async #settle(): Promise<void> {
    const { units, entries } = this.#machine
    for (const { name } of units.report()) await units.resize(name, 64 << 20)
    for (const { place } of entries) await units.add(place, { capacityBytes: 64 << 20 }).catch(ignoreDeath)
    await expect
      .poll(() => this.#machine.units.report().filter(({ state }) => state !== 'active').length, { interval: 5 })
      .toBe(0)
  }

  async #check(): Promise<void> {
    const { units } = this.#machine
    const expected = []
    for (let number = 0; number < idCount; number++) {
      const allowed = this.#allowed.get(number) ?? new Set(['nothing'])
      const text = summary(await units.get(id(number)))
      expect([...allowed], `shard ${number}`).toContain(text)
      this.#allowed.set(number, new Set([text]))
      if (text !== 'nothing') expected.push(number)
    }
    const found = [...units.ids()].map((bytes) => Buffer.from(bytes).readUInt32BE(20)).sort((a, b) => a - b)
    expect(found).toEqual(expected)
  }
}

function ignoreDeath(error: unknown): void {
  const codes = ['STORE_FAILED', 'STORE_FULL', 'STORE_CLOSED', 'UNIT_LAST', 'UNIT_EXISTS', 'UNIT_UNKNOWN']
  if (!codes.includes((error as { code: string }).code)) throw error
}
