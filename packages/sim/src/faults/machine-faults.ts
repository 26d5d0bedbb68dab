import type { Machine } from '../cluster.ts'
import type { Dice } from '../dice.ts'
import type { Disk } from '../disk.ts'
import type { World } from '../world.ts'
import { lastingMs } from './lasting.ts'

/** Shards in a stripe of the widest scheme: repairs need as many machines that can be trusted. */
const widestShards = 6
/** Damaged at a time, on one machine. */
const mostDamagedShards = 20

/** What goes wrong with machines, their disks and clients. */
export class MachineFaults {
  readonly #world: World
  readonly #dice: Dice

  constructor(world: World, dice: Dice) {
    this.#world = world
    this.#dice = dice
  }

  /** One or two machines crash and come back. */
  crash(): Promise<void> {
    return this.#crash(this.#dice.shuffle(this.#world.cluster.up).slice(0, this.#dice.integer(1, 2)))
  }

  /** All of them do, at the same moment. */
  powerCut(): Promise<void> {
    return this.#crash(this.#world.cluster.up)
  }

  async #crash(machines: readonly Machine[]): Promise<void> {
    const { cluster, ledger } = this.#world
    const crashAndRestart = async (machine: Machine): Promise<void> => {
      if (!ledger.canCrash(machine.name)) return
      await cluster.crash(machine)
      await this.#world.sleep(lastingMs(this.#dice))
      await cluster.restart(machine)
    }
    await Promise.all(machines.map(crashAndRestart))
  }

  async fill(): Promise<void> {
    const { cluster } = this.#world
    const filled = this.#dice.some(cluster.up.filter(({ disk }) => !disk.isFull))
    for (const machine of filled) cluster.setFull(machine, true)
    await this.#world.sleep(lastingMs(this.#dice))
    for (const machine of filled) cluster.setFull(machine, false)
  }

  /** Damages some of what a machine holds: half of it as the disk's checksums notice, half of it as they don't. */
  async corrupt(): Promise<void> {
    const { cluster, ledger, trace } = this.#world
    const { up } = cluster
    if (up.length === 0) return
    const { name, disk } = this.#dice.pick(up)
    const damaged = this.#dice.shuffle(disk.ids()).slice(0, this.#dice.integer(1, mostDamagedShards))
    for (const id of damaged) {
      const owner = ledger.ownerOf(disk.stat(id)?.deleteAfterMs ?? 0)
      if (owner === undefined || !owner.canLose(name)) continue
      owner.lose(name)
      const isNoticed = this.#dice.chance(50) || !this.#mayDeceive(disk)
      if (isNoticed) disk.corrupt(id)
      else disk.bend(id)
      trace.event(
        `${name} damages ${Buffer.from(id).toString('hex', 16)} of ${owner.name}${isNoticed ? '' : ' unnoticed'}`,
      )
    }
  }

  /** A repair gives nothing to machines that hold wrong shards for right: enough others must remain. */
  #mayDeceive(disk: Disk): boolean {
    const sound = this.#world.cluster.machines.filter((machine) => machine.state !== 'lost' && !machine.disk.isDeceived)
    return disk.isDeceived || sound.length > widestShards
  }

  /** A machine goes with its disk; a new one comes a little later. */
  async destroy(): Promise<void> {
    const { cluster, ledger } = this.#world
    const able = cluster.up.filter(({ name }) => ledger.canDestroy(name))
    if (cluster.up.length <= widestShards || able.length === 0) return
    await cluster.destroy(this.#dice.pick(able))
    await this.#world.sleep(lastingMs(this.#dice))
    await cluster.addLateMachine()
  }

  /** A client goes without a word; a new one comes a little later. */
  async leave(): Promise<void> {
    const { cluster } = this.#world
    if (cluster.clients.length > 0) await cluster.dismiss(this.#dice.pick(cluster.clients))
    await this.#world.sleep(lastingMs(this.#dice))
    await cluster.addClient()
  }
}
