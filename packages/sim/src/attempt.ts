import type { Driver } from './cluster.ts'
import type { World } from './world.ts'

/** For how long a machine that was away may still be avoided: calls to it must time out, and news must go round. */
export const graceMs = 25_000

/** One operation under way, and what it had to put up with. */
export class Attempt {
  readonly what: string
  readonly driver: Driver
  readonly #world: World
  readonly #startedMs: number
  /**
   * The driver has heard of every machine. A node that has just started has not, and takes what it doesn't find for what
   * is nowhere.
   */
  readonly isIntroduced: boolean

  constructor(world: World, driver: Driver, what: string) {
    this.what = what
    this.driver = driver
    this.#world = world
    this.#startedMs = world.nowMs
    const known = new Set(driver.peer.status().members.map(({ peerId }) => peerId))
    this.isIntroduced = world.cluster.machines.every(
      ({ running, state }) => state === 'lost' || known.has(running.identity.peerId),
    )
    world.trace.event(`${driver.name} ${what}`)
  }

  /** The driver itself has crashed or left: whatever it was doing is over. */
  get isCutShort(): boolean {
    return this.driver.peer.closed.aborted
  }

  /** Names of machines that were away during the attempt or shortly before. */
  get away(): Set<string> {
    return this.#world.cluster.awayFrom(this.driver.peer.peerId, this.#startedMs - graceMs)
  }

  /** How many machines could be written to all the while. */
  get writableCount(): number {
    return this.#world.cluster.writableBy(this.driver.peer.peerId, this.#startedMs - graceMs).length
  }

  end(outcome: string): void {
    this.#world.trace.event(`${this.driver.name} ${this.what}: ${outcome}`)
  }
}
