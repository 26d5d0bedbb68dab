import type { UnitStore } from '../../src/ports/shard-store.ts'
import type { Disk } from '../../src/store/segment/disk.ts'
import { openSegmentStore } from '../../src/store/segment/open.ts'
import { segmentFileName } from '../../src/store/segment/segments.ts'
import { StoreError } from '../../src/store/store-error.ts'
import { describePlace, isSamePlace, newEntry, type UnitEntry } from '../../src/store/units/unit-entry.ts'
import { openUnits, type Units } from '../../src/store/units/units.ts'
import { CollectedLog } from './collected-log.ts'
import { type Intercept, interceptedDisk, ProcessDisk } from './intercepted-disk.ts'
import { ManualClock } from './manual-clock.ts'
import { Seeded } from './seeded.ts'
import { SimulatedDisk } from './simulated-disk.ts'

/** A machine with simulated disks by name, on which processes with one store over several units run and die. */
export class UnitsMachine {
  readonly clock = new ManualClock()
  readonly log = new CollectedLog()
  readonly disks = new Map<string, SimulatedDisk>()
  /** What each disk does instead of what it should. */
  readonly faults = new Map<string, Intercept>()
  /** Unplugged: they can't be opened. */
  readonly unplugged = new Set<string>()
  /** Disks that expect their end. */
  readonly failing = new Set<string>()
  entries: readonly UnitEntry[]
  discardedRuns: readonly Uint8Array[] = []
  isDraining = false
  readonly #random: Seeded
  readonly #segmentBytes: number
  #process = new Process()
  #units: Units | undefined
  #operationsLeft = Number.POSITIVE_INFINITY

  constructor(names: readonly string[], capacityBytes: number, seed = 1, segmentBytes = 1 << 18) {
    this.#random = new Seeded(seed)
    this.#segmentBytes = segmentBytes
    this.entries = names.map((path) => newEntry({ kind: 'directory', path }, { capacityBytes }))
  }

  get units(): Units {
    return this.#units!
  }

  async open(): Promise<void> {
    const process = new Process()
    this.#process = process
    this.#units = await openUnits(
      { units: this.entries, discardedRuns: this.discardedRuns, isDraining: this.isDraining },
      {
        clock: this.clock,
        random: this.#random,
        logger: this.log,
        open: (entry) => this.#openUnit(entry, process),
        isAt: (entry, place) => isSamePlace(entry.place, place),
        capacityOf: async ({ capacityBytes }) => capacityBytes!,
        save: async ({ units, discardedRuns, isDraining }) => {
          process.checkAlive()
          this.entries = units
          this.discardedRuns = discardedRuns
          this.isDraining = isDraining
        },
        look: async ({ place }) => this.#checkPlugged(describePlace(place)),
        askDisk: async ({ place }) => (this.failing.has(describePlace(place)) ? 'failing' : 'good'),
        release: async () => {},
      },
    )
  }

  kill(): Promise<void> {
    return this.#process.kill()
  }

  get isKilled(): boolean {
    return this.#process.isKilled
  }

  /** The process dies, in all its parts at once, after so many more disk operations. */
  killAfter(operations: number): void {
    this.#operationsLeft = operations
  }

  async reopen(): Promise<void> {
    await this.units.close()
    await this.open()
  }

  async crash(): Promise<void> {
    await this.kill()
    this.#operationsLeft = Number.POSITIVE_INFINITY
    await this.open()
  }

  disk(name: string): SimulatedDisk {
    const disk = this.disks.get(name) ?? new SimulatedDisk()
    this.disks.set(name, disk)
    return disk
  }

  /** The disk of the unit that a shard is in. */
  diskOf(id: Uint8Array): SimulatedDisk {
    const { unit } = this.units.stat(id)!
    return this.disk(describePlace(this.entries.find(({ name }) => name === unit)!.place))
  }

  /** Flips a bit at the end of a stored body. */
  async corrupt(id: Uint8Array): Promise<void> {
    const { segment, offsetBytes, lengthBytes } = this.units.stat(id)!
    const tableBytes = lengthBytes > 65_536 ? 4 * Math.ceil(lengthBytes / 65_536) : 0
    this.diskOf(id).bytesOf(segmentFileName(segment))[offsetBytes + 96 + tableBytes + lengthBytes - 1]! ^= 1
  }

  #checkPlugged(path: string): void {
    if (this.unplugged.has(path)) throw new StoreError('UNIT_MISSING', `${path} is not there`)
  }

  async #openUnit({ name, place, capacityBytes }: UnitEntry, process: Process): Promise<UnitStore> {
    process.checkAlive()
    const path = describePlace(place)
    this.#checkPlugged(path)
    const faulty = interceptedDisk(this.disk(path), (operation, run) => {
      if (this.#operationsLeft-- <= 0 && operation.kind !== 'close') void process.kill()
      const fault = this.faults.get(path)
      return fault === undefined ? run() : fault(operation, run)
    })
    return openSegmentStore({
      directory: path,
      ...(name === null ? {} : { unit: name }),
      capacityBytes: capacityBytes!,
      segmentBytes: this.#segmentBytes,
      groupBytes: 1 << 16,
      clock: this.clock,
      random: this.#random,
      logger: this.log,
      disk: process.diskOver(faulty),
    })
  }
}

/** What all parts of a store die with. */
class Process {
  readonly #disks: ProcessDisk[] = []
  #isKilled = false

  get isKilled(): boolean {
    return this.#isKilled
  }

  checkAlive(): void {
    if (this.#isKilled) throw new Error('this process was killed')
  }

  diskOver(disk: Disk): Disk {
    const process = new ProcessDisk(disk)
    this.#disks.push(process)
    return process.disk
  }

  async kill(): Promise<void> {
    this.#isKilled = true
    await Promise.all(this.#disks.map((disk) => disk.kill()))
  }
}
