import { expect } from 'vitest'
import { id, pattern, shard, summary } from '../contract/shard-store.ts'
import type { Intercept } from './intercepted-disk.ts'
import { Seeded } from './seeded.ts'
import { UnitsMachine } from './units-fixture.ts'

const lives = 4
const stepsOfLife = 25
const idCount = 30
const paths = ['a', 'b', 'c', 'd']
/** Longer than a unit that failed is left alone. */
const longMs = 7_200_000

export const eio: Intercept = async () => {
  throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' })
}
export const readOnly: Intercept = async (operation, run) => {
  if (!['write', 'create', 'rename', 'unlink', 'sync'].includes(operation.kind)) return run()
  throw Object.assign(new Error('EROFS: read-only file system'), { code: 'EROFS' })
}

/**
 * A random history of a store over several units that is killed, or loses power, at any operation of its disks, also while
 * units are emptied, added and shrunk; whose disks fail, are unplugged and come back. After each life, with all disks there,
 * it must hold exactly what it has promised.
 *
 * With an even seed shards are replaced by others of the same id, and one disk is away at a time: with two of them away, nobody
 * could say which of two versions is the newer one. With an odd seed an id's shard stays the same until it is deleted, as
 * all do but location pages, and any number of disks is away.
 * @throws Error
 */
export async function unitsHistory(seed: number): Promise<void> {
  await new History(seed).run()
}

class History {
  readonly #random: Seeded
  readonly #machine: UnitsMachine
  /** What an id may hold: one text, or several when nobody was told how the last change went. */
  readonly #allowed = new Map<number, Set<string>>()
  /** How often an id's object was deleted: each time another one takes its place, from another run. */
  readonly #generations = new Map<number, number>()
  /** Ids whose deletion was not acknowledged, and is asked for again. */
  readonly #undeleted = new Set<number>()
  readonly #isReplacing: boolean
  #versions = 0

  constructor(seed: number) {
    this.#random = new Seeded(seed)
    this.#isReplacing = seed % 2 === 0
    this.#machine = new UnitsMachine(['a', 'b', 'c'], 4 << 20, seed)
  }

  async run(): Promise<void> {
    const machine = this.#machine
    await machine.open()
    for (let life = 0; life < lives; life++) {
      machine.killAfter(this.#random.below(400))
      await this.#live()
      await machine.kill()
      // What dies with the process says so now.
      await machine.units.close()
      if (this.#random.chance(0.5)) for (const disk of machine.disks.values()) disk.powerCut(this.#random)
      machine.faults.clear()
      // Some disks are not there yet when the node is started, and come later.
      if (this.#random.chance(0.7)) machine.unplugged.clear()
      const isStarted = await machine.crash().then(
        () => true,
        () => false,
      )
      machine.unplugged.clear()
      if (!isStarted) await machine.open()
      await this.#untilAllAreThere()
      await this.#check()
    }
    await this.#settle()
    await this.#check()
    await machine.units.close()
  }

  async #live(): Promise<void> {
    for (let step = 0; step < stepsOfLife && !this.#machine.isKilled; step++) {
      const atOnce = new Set(Array.from({ length: 1 + this.#random.below(4) }, () => this.#random.below(idCount)))
      if (this.#random.chance(0.25)) await this.#changeUnits().catch(ignoreDeath)
      if (this.#random.chance(0.2)) this.#changeDisks()
      await Promise.all([...atOnce].map((number) => this.#change(number)))
    }
  }

  async #changeUnits(): Promise<void> {
    const { units } = this.#machine
    const names = units.report().map(({ name }) => name)
    const name = this.#random.pick(names)
    const path = this.#random.pick(paths)
    const capacityBytes = this.#random.pick([1 << 20, 2 << 20, 4 << 20])
    const action = this.#random.below(3)
    if (action === 0) await units.remove(name, { abandon: false })
    else if (action === 1) await units.add({ kind: 'directory', path }, { capacityBytes: 4 << 20 })
    else await units.resize(name, capacityBytes)
  }

  /** A disk fails, becomes read-only or is unplugged; or all are well again, and time passes. */
  #changeDisks(): void {
    const { faults, unplugged, clock, units } = this.#machine
    const path = this.#random.pick(paths)
    const isWhole = units.report().every(({ state }) => state === 'active' || state === 'moving')
    const mayGo = !this.#isReplacing || (isWhole && faults.size === 0)
    const action = mayGo ? this.#random.below(4) : 3
    if (action <= 1) unplugged.add(path)
    if (action <= 1) faults.set(path, eio)
    else if (action === 2) faults.set(path, readOnly)
    else {
      faults.clear()
      unplugged.clear()
      clock.advance(longMs)
    }
  }

  async #change(number: number): Promise<void> {
    const { units } = this.#machine
    const before = this.#allowed.get(number) ?? new Set(['nothing'])
    const generation = this.#generations.get(number) ?? 0
    const isDelete = this.#undeleted.has(number) || this.#random.chance(0.2)
    const seed = this.#isReplacing ? 100_000 + this.#versions++ : 1000 * number + generation
    const size = (seed * 7919) % 20_000
    const after = isDelete ? 'nothing' : summary(pattern(seed, size))
    this.#allowed.set(number, new Set([...before, after]))
    if (isDelete) this.#undeleted.add(number)
    try {
      if (isDelete) {
        await units.discard(runOf(number, generation))
        await units.delete(id(number))
        this.#undeleted.delete(number)
        this.#generations.set(number, generation + 1)
      } else {
        const write = { ...shard(number, size, { seed }), runId: runOf(number, generation) }
        await units.put(write, { ifPresent: 'replace' })
      }
      this.#allowed.set(number, new Set([after]))
    } catch (error) {
      ignoreDeath(error)
    }
  }

  async #untilAllAreThere(): Promise<void> {
    const states = (): string[] => this.#machine.units.report().map(({ state }) => state)
    await expect
      .poll(
        () => {
          if (states().includes('failed')) this.#machine.clock.advance(longMs)
          return states()
        },
        { interval: 5 },
      )
      .not.toEqual(expect.arrayContaining([expect.stringMatching(/failed|rejoining/)]))
  }

  /** Until no unit is being emptied. */
  async #settle(): Promise<void> {
    const { units, entries } = this.#machine
    for (const { name } of units.report()) await units.resize(name, 64 << 20).catch(ignoreDeath)
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
      // What was to be deleted may still go, as its unit goes and comes back.
      this.#allowed.set(number, new Set(this.#undeleted.has(number) ? [text, 'nothing'] : [text]))
      if (text !== 'nothing') expected.push(number)
    }
    const found = [...units.ids()].map((bytes) => Buffer.from(bytes).readUInt32BE(20)).sort((a, b) => a - b)
    expect(found, 'ids').toEqual(expected)
  }
}

function runOf(number: number, generation: number): Uint8Array {
  const runId = Buffer.alloc(16)
  runId.writeUInt32BE(number, 0)
  runId.writeUInt32BE(generation, 4)
  return runId
}

function ignoreDeath(error: unknown): void {
  const codes = [
    'STORE_FAILED',
    'STORE_FULL',
    'STORE_CLOSED',
    'UNIT_LAST',
    'UNIT_EXISTS',
    'UNIT_UNKNOWN',
    'UNIT_MISSING',
  ]
  if (!codes.includes((error as { code: string }).code)) throw error
}
