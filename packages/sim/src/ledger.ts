/**
 * What the network has promised, kept apart from the network. For every object that was handed over: what it was, what was
 * answered, and the machines that have lost something of it since the put began or the last complete repair. An object that
 * may lose `spare` machines must be readable as long as it has lost no more, so faults ask here before they destroy anything.
 */
import type { AcknowledgementLevel, Durability, PutReceipt } from '@p2pstore/node'

/** Nothing may be deleted by itself during a run; the dates tell objects apart on the disks. */
const firstDeleteAfterMs = Date.UTC(2100, 0, 1)

export interface DepositOrder {
  readonly bytes: Uint8Array
  readonly scheme: string
  readonly acknowledge: AcknowledgementLevel
  readonly durability: Durability
}

/**
 * - `writing`: the put is under way
 * - `stored`: acknowledged, and must stay
 * - `failed`: the put has failed
 * - `going`: being removed, or removed as far as that was possible
 * - `removed`: removed everywhere
 */
export type DepositState = 'writing' | 'stored' | 'failed' | 'going' | 'removed'

export class Deposit {
  readonly order: DepositOrder
  readonly number: number
  state: DepositState = 'writing'
  receipt: PutReceipt | undefined
  /** Machines whose loss is survived. */
  spare: number
  /** Machines that have lost or damaged something of it, by name: the number of the latest loss. */
  readonly lost = new Map<string, number>()
  #losses = 0
  /** Operations on it under way. */
  users = 0
  /** Whether something of a failed or removed object may still be on disks: some machine could not be told to delete it. */
  mayRemain = false

  constructor(order: DepositOrder, number: number) {
    this.order = order
    this.number = number
    this.spare = spareOf(order.scheme)[order.acknowledge]
  }

  get name(): string {
    return `#${this.number}`
  }

  /** Recorded with every shard of the object. */
  get deleteAfter(): Date {
    return new Date(firstDeleteAfterMs + this.number)
  }

  lose(machine: string): void {
    this.#losses += 1
    this.lost.set(machine, this.#losses)
  }

  /** A repair has brought everything back that was lost before it began, but for what was lost again meanwhile. */
  repaired(lostBefore: ReadonlyMap<string, number>): void {
    for (const [machine, loss] of lostBefore) if (this.lost.get(machine) === loss) this.lost.delete(machine)
    this.spare = spareOf(this.order.scheme).all
  }

  canLose(machine: string): boolean {
    if (this.state !== 'writing' && this.state !== 'stored') return true
    return this.lost.has(machine) || this.lost.size < this.spare
  }
}

export class Ledger {
  readonly deposits: Deposit[] = []

  open(order: DepositOrder): Deposit {
    const deposit = new Deposit(order, this.deposits.length + 1)
    this.deposits.push(deposit)
    return deposit
  }

  get stored(): Deposit[] {
    return this.deposits.filter(({ state }) => state === 'stored')
  }

  /** Whose shard this is, by the deletion date that it was stored with. */
  ownerOf(deleteAfterMs: number): Deposit | undefined {
    return this.deposits[deleteAfterMs - firstDeleteAfterMs - 1]
  }

  canDestroy(machine: string): boolean {
    return this.deposits.every((deposit) => deposit.canLose(machine))
  }

  destroyed(machine: string): void {
    for (const deposit of this.deposits) deposit.lose(machine)
  }

  /** A crash loses what was only in memory. */
  canCrash(machine: string): boolean {
    return this.#inMemory().every((deposit) => deposit.canLose(machine))
  }

  crashed(machine: string): void {
    for (const deposit of this.#inMemory()) deposit.lose(machine)
  }

  #inMemory(): Deposit[] {
    return this.deposits.filter(({ order }) => order.durability === 'memory')
  }
}

/** Shards of a stripe, and how many of them may be lost. */
const shapes: Record<string, { shards: number; tolerance: number }> = {
  'rs:2+1': { shards: 3, tolerance: 1 },
  'rs:4+2': { shards: 6, tolerance: 2 },
  'mirror:3': { shards: 3, tolerance: 2 },
}

export function shapeOf(scheme: string): { shards: number; tolerance: number } {
  const shape = shapes[scheme]
  if (shape === undefined) throw new RangeError(`no deposits are made with ${scheme}`)
  return shape
}

/** Losses that an object survives right after the acknowledgement of its put. */
function spareOf(scheme: string): Record<AcknowledgementLevel, number> {
  const { tolerance } = shapeOf(scheme)
  return { all: tolerance, quorum: tolerance - Math.floor(tolerance / 2), any: 0 }
}
