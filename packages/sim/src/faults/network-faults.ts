import type { Dice } from '../dice.ts'
import type { World } from '../world.ts'
import { lastingMs } from './lasting.ts'

type Way = readonly [from: string, to: string]

function bothWays(a: string, b: string): Way[] {
  return [
    [a, b],
    [b, a],
  ]
}

/** What goes wrong between peers. */
export class NetworkFaults {
  readonly #world: World
  readonly #dice: Dice

  constructor(world: World, dice: Dice) {
    this.#world = world
    this.#dice = dice
  }

  /** Two groups that hear nothing of each other. */
  async partition(): Promise<void> {
    const peers = this.#dice.shuffle(this.#peerIds())
    const size = this.#dice.integer(1, peers.length - 1)
    const [left, right] = [peers.slice(0, size), peers.slice(size)]
    const ways = left.flatMap((a) => right.flatMap((b) => bothWays(a, b)))
    this.#world.trace.event(`partition: ${this.#namesOf(left)}`)
    for (const way of ways) this.#cut(way)
    await this.#world.sleep(lastingMs(this.#dice))
    this.#world.trace.event(`partition over: ${this.#namesOf(left)}`)
    for (const way of ways) this.#heal(way)
  }

  /** In one direction only, or in both. */
  async cutLink(): Promise<void> {
    const [a = '', b = ''] = this.#dice.shuffle(this.#peerIds())
    const ways = this.#dice.chance(50) ? bothWays(a, b) : ([[a, b]] as const)
    this.#world.trace.event(`cut: ${this.#namesOf([a, b])}`)
    for (const way of ways) this.#cut(way)
    await this.#world.sleep(lastingMs(this.#dice))
    for (const way of ways) this.#heal(way)
  }

  /** Stops the links of one peer one by one and heals them in another order (FoundationDB's swizzle-clogging). */
  async swizzle(): Promise<void> {
    const [victim = '', ...others] = this.#dice.shuffle(this.#peerIds())
    this.#world.trace.event(`swizzle: ${this.#namesOf([victim])}`)
    for (const other of others) {
      for (const way of bothWays(victim, other)) this.#cut(way)
      await this.#world.sleep(this.#dice.integer(0, 1000))
    }
    await this.#world.sleep(lastingMs(this.#dice))
    for (const other of this.#dice.shuffle(others)) {
      for (const way of bothWays(victim, other)) this.#heal(way)
      await this.#world.sleep(this.#dice.integer(0, 1000))
    }
  }

  /** The connections of one peer with some others end; they may be opened again at once. */
  async drop(): Promise<void> {
    const [victim = '', ...others] = this.#dice.shuffle(this.#peerIds())
    this.#world.trace.event(`connections break: ${this.#namesOf([victim])}`)
    for (const other of this.#dice.some(others)) this.#world.links.drop(this.#world.cluster.network.hub, victim, other)
  }

  /** The links of one peer with some others are slow. */
  async slow(): Promise<void> {
    const [victim = '', ...others] = this.#dice.shuffle(this.#peerIds())
    const slowed = this.#dice.some(others)
    this.#world.trace.event(`slow: ${this.#namesOf([victim])}`)
    for (const other of slowed) this.#world.links.setSlow(victim, other, true)
    await this.#world.sleep(lastingMs(this.#dice))
    for (const other of slowed) this.#world.links.setSlow(victim, other, false)
  }

  #cut([from, to]: Way): void {
    this.#world.links.cut(this.#world.cluster.network.hub, from, to)
  }

  #heal([from, to]: Way): void {
    this.#world.links.heal(this.#world.cluster.network.hub, from, to)
  }

  #peerIds(): string[] {
    const { machines, clients } = this.#world.cluster
    const present = machines.filter(({ state }) => state !== 'lost').map(({ running }) => running.identity.peerId)
    return [...present, ...clients.map(({ peer }) => peer.peerId)]
  }

  #namesOf(peerIds: readonly string[]): string {
    const { machines, clients } = this.#world.cluster
    const names = new Map([
      ...machines.map(({ name, running }) => [running.identity.peerId, name] as const),
      ...clients.map(({ name, peer }) => [peer.peerId, name] as const),
    ])
    return peerIds.map((peerId) => names.get(peerId)).join(' ')
  }
}
