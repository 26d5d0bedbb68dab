/** Drivers that put, read, check, repair and remove, one thing after the other each, until the time is over. */
import type { Driver } from './cluster.ts'
import type { Dice } from './dice.ts'
import type { Deposit, DepositOrder } from './ledger.ts'
import { get, put, remove, repair, verify } from './operations.ts'
import { slowSource } from './source.ts'
import type { World } from './world.ts'

/** Together, in one run: work for the processor is what a run's time goes into. */
const totalBytes = 4 << 20
const largestBytes = 2 << 20

export class Workload {
  readonly #world: World
  readonly #dice: Dice
  #bytesLeft = totalBytes

  constructor(world: World) {
    this.#world = world
    this.#dice = world.dice('workload')
  }

  /** Several at once; each does one thing at a time, through whoever runs just then. */
  async run(): Promise<void> {
    const { clients } = this.#world.profile
    await Promise.all(Array.from({ length: clients + 1 }, () => this.#work()))
  }

  async #work(): Promise<void> {
    const { durationMs, pauseMs } = this.#world.profile
    while (this.#world.nowMs < durationMs) {
      await this.#world.sleep(this.#dice.integer(0, pauseMs))
      const { drivers } = this.#world.cluster
      if (drivers.length > 0) await this.#act(this.#dice.pick(drivers))
    }
  }

  async #act(driver: Driver): Promise<void> {
    const dice = this.#dice
    const { stored } = this.#world.ledger
    const turn = dice.integer(1, 100)
    if (stored.length === 0 || turn <= 35) return this.#put(driver)
    const hurt = stored.filter(({ lost }) => lost.size > 0)
    if (turn <= 65) return this.#get(driver, dice.pick(stored))
    if (turn <= 72) return void (await verify(this.#world, driver, dice.pick(stored)))
    if (turn <= 92 || hurt.length > 0) {
      return void (await repair(this.#world, driver, dice.pick(hurt.length > 0 ? hurt : stored)))
    }
    const idle = stored.filter(({ users }) => users === 0)
    if (idle.length > 0) await remove(this.#world, driver, dice.pick(idle))
  }

  async #put(driver: Driver): Promise<void> {
    const order = this.#order()
    const { bytes } = order
    const dice = this.#dice
    const manner = dice.integer(1, 10)
    if (manner <= 5) return put(this.#world, driver, order, { source: bytes })
    const breaksAt = manner === 6 ? dice.integer(0, bytes.length) : undefined
    const abortAfterMs = manner === 7 ? dice.magnitude(4000) : undefined
    const source = slowSource(this.#world, dice, bytes, { breaksAt })
    await put(this.#world, driver, order, { source, abortAfterMs })
  }

  #order(): DepositOrder {
    const dice = this.#dice
    const { schemes, acknowledge, durability, shardBytes } = this.#world.profile
    const sizes = [0, 1, shardBytes, 4 * shardBytes - 16, 4 * shardBytes - 15]
    const length = Math.min(this.#bytesLeft, dice.chance(20) ? dice.pick(sizes) : dice.magnitude(largestBytes))
    this.#bytesLeft -= length
    return {
      bytes: dice.random.bytes(length),
      scheme: dice.pick(schemes),
      acknowledge: dice.pick(acknowledge),
      durability: dice.pick(durability),
    }
  }

  #get(driver: Driver, deposit: Deposit): Promise<void> {
    const dice = this.#dice
    const { length } = deposit.order.bytes
    const piecesWanted = dice.chance(15) ? dice.integer(1, 3) : undefined
    if (dice.chance(50)) return get(this.#world, driver, deposit, { piecesWanted })
    const offsetBytes = dice.integer(0, length)
    const lengthBytes = dice.integer(0, length - offsetBytes)
    return get(this.#world, driver, deposit, { range: { offsetBytes, lengthBytes }, piecesWanted })
  }
}
