/**
 * What goes wrong in a run, and when. Whatever is only away for a while may happen to any number of machines at once. What is
 * lost for good is chosen so that every object keeps what its scheme needs: the ledger is asked first. All that a fault
 * breaks for a while it mends itself.
 */
import type { Dice } from './dice.ts'
import type { Disk } from './disk.ts'
import type { FaultKind } from './profile.ts'
import type { Machine, World } from './world.ts'

/** Shards in a stripe of the widest scheme: repairs need as many machines that can be trusted. */
const widestShards = 6
/** Damaged at a time, on one machine. */
const mostDamagedShards = 20

export class Faults {
  readonly #world: World
  readonly #dice: Dice
  readonly #under: Promise<void>[] = []

  constructor(world: World) {
    this.#world = world
    this.#dice = world.dice('faults')
  }

  /** Ends when all that broke for a while has been mended. */
  async run(): Promise<void> {
    const { durationMs, faultGapMs, faults } = this.#world.profile
    while (faults.length > 0 && this.#world.nowMs < durationMs) {
      await this.#world.sleep(this.#dice.integer(0, faultGapMs))
      this.#under.push(this.#cause(this.#dice.pick(faults)))
    }
    await Promise.all(this.#under)
  }

  #cause(kind: FaultKind): Promise<void> {
    switch (kind) {
      case 'crash':
        return this.#crash(this.#dice.shuffle(this.#world.up).slice(0, this.#dice.integer(1, 2)))
      case 'power-cut':
        return this.#crash(this.#world.up)
      case 'partition':
        return this.#partition()
      case 'cut-link':
        return this.#cutLink()
      case 'swizzle':
        return this.#swizzle()
      case 'drop':
        return this.#drop()
      case 'slow':
        return this.#slow()
      case 'full':
        return this.#fill()
      case 'corrupt':
        return this.#corrupt()
      case 'destroy':
        return this.#destroy()
      case 'leave':
        return this.#leave()
    }
  }

  async #crash(machines: readonly Machine[]): Promise<void> {
    const crashAndRestart = async (machine: Machine): Promise<void> => {
      if (!this.#world.ledger.canCrash(machine.name)) return
      await this.#world.crash(machine)
      await this.#lasts()
      await this.#world.restart(machine)
    }
    await Promise.all(machines.map(crashAndRestart))
  }

  async #partition(): Promise<void> {
    const peers = this.#dice.shuffle(this.#peerIds())
    const size = this.#dice.integer(1, peers.length - 1)
    const [left, right] = [peers.slice(0, size), peers.slice(size)]
    const ways = left.flatMap((a) =>
      right.flatMap((b): Way[] => [
        [a, b],
        [b, a],
      ]),
    )
    this.#world.trace.event(`partition: ${this.#namesOf(left)}`)
    for (const way of ways) this.#cut(way)
    await this.#lasts()
    this.#world.trace.event(`partition over: ${this.#namesOf(left)}`)
    for (const way of ways) this.#heal(way)
  }

  /** In one direction only, or in both. */
  async #cutLink(): Promise<void> {
    const [a = '', b = ''] = this.#dice.shuffle(this.#peerIds())
    const ways: Way[] = this.#dice.chance(50)
      ? [[a, b]]
      : [
          [a, b],
          [b, a],
        ]
    this.#world.trace.event(`cut: ${this.#namesOf([a, b])}`)
    for (const way of ways) this.#cut(way)
    await this.#lasts()
    for (const way of ways) this.#heal(way)
  }

  /** Stops the links of one peer one by one and heals them in another order (FoundationDB's swizzle-clogging). */
  async #swizzle(): Promise<void> {
    const [victim = '', ...others] = this.#dice.shuffle(this.#peerIds())
    this.#world.trace.event(`swizzle: ${this.#namesOf([victim])}`)
    for (const other of others) {
      this.#cut([victim, other])
      this.#cut([other, victim])
      await this.#world.sleep(this.#dice.integer(0, 1000))
    }
    await this.#lasts()
    for (const other of this.#dice.shuffle(others)) {
      this.#heal([victim, other])
      this.#heal([other, victim])
      await this.#world.sleep(this.#dice.integer(0, 1000))
    }
  }

  async #drop(): Promise<void> {
    const [victim = '', ...others] = this.#dice.shuffle(this.#peerIds())
    this.#world.trace.event(`connections break: ${this.#namesOf([victim])}`)
    for (const other of this.#dice.some(others)) this.#world.links.drop(this.#world.network.hub, victim, other)
  }

  async #slow(): Promise<void> {
    const [victim = '', ...others] = this.#dice.shuffle(this.#peerIds())
    const slowed = this.#dice.some(others)
    this.#world.trace.event(`slow: ${this.#namesOf([victim])}`)
    for (const other of slowed) this.#world.links.setSlow(victim, other, true)
    await this.#lasts()
    for (const other of slowed) this.#world.links.setSlow(victim, other, false)
  }

  async #fill(): Promise<void> {
    const filled = this.#dice.some(this.#world.machines.filter(({ disk, state }) => state === 'up' && !disk.isFull))
    for (const machine of filled) this.#world.setFull(machine, true)
    await this.#lasts()
    for (const machine of filled) this.#world.setFull(machine, false)
  }

  /** Damages some of what a machine holds: half of it as the disk's checksums notice, half of it as they don't. */
  async #corrupt(): Promise<void> {
    const { up, ledger, trace } = this.#world
    if (up.length === 0) return
    const { name, disk } = this.#dice.pick(up)
    const damaged = this.#dice.shuffle(disk.ids()).slice(0, this.#dice.integer(1, mostDamagedShards))
    for (const id of damaged) {
      const owner = ledger.ownerOf(disk.stat(id)?.deleteAfterMs ?? 0)
      if (owner === undefined || !owner.canLose(name)) continue
      owner.lost.add(name)
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
    const sound = this.#world.machines.filter((machine) => machine.state !== 'lost' && !machine.disk.isDeceived)
    return disk.isDeceived || sound.length > widestShards
  }

  /** A machine goes with its disk; a new one comes a little later. */
  async #destroy(): Promise<void> {
    const { up, ledger } = this.#world
    const able = up.filter(({ name }) => ledger.canDestroy(name))
    if (up.length <= widestShards || able.length === 0) return
    await this.#world.destroy(this.#dice.pick(able))
    await this.#lasts()
    const { name } = await this.#world.addMachine()
    // Nobody relies on it before they have heard of it.
    this.#world.outages.note(name)
  }

  async #leave(): Promise<void> {
    const { clients } = this.#world
    if (clients.length > 0) await this.#world.dismiss(this.#dice.pick(clients))
    await this.#lasts()
    await this.#world.addClient()
  }

  #lasts(): Promise<void> {
    return this.#world.sleep(this.#dice.magnitude(20_000))
  }

  #cut([from, to]: Way): void {
    this.#world.links.cut(this.#world.network.hub, from, to)
  }

  #heal([from, to]: Way): void {
    this.#world.links.heal(this.#world.network.hub, from, to)
  }

  #peerIds(): string[] {
    const { machines, clients } = this.#world
    const present = machines.filter(({ state }) => state !== 'lost').map(({ running }) => running.identity.peerId)
    return [...present, ...clients.map(({ peer }) => peer.peerId)]
  }

  #namesOf(peerIds: readonly string[]): string {
    const { machines, clients } = this.#world
    const names = new Map([
      ...machines.map(({ name, running }) => [running.identity.peerId, name] as const),
      ...clients.map(({ name, peer }) => [peer.peerId, name] as const),
    ])
    return peerIds.map((peerId) => names.get(peerId)).join(' ')
  }
}

type Way = readonly [from: string, to: string]
