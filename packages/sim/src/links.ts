import type { Conditions, LinkConditions, MemoryHub } from '@p2pstore/node/memory'
import type { Dice } from './dice.ts'
import type { Outages } from './outages.ts'

const bytesPerSecond = 20e6
const slowBytesPerSecond = 400e3
const slowLatencyMs = 300

/** The ways between peers: how long each piece takes, which ones are cut, slow or have just broken. */
export class Links {
  readonly #dice: Dice
  readonly #outages: Outages
  readonly #latencyMs: number
  readonly #slow = new Set<string>()

  /** @param latencyMs at most, one way, on a link that is not slow */
  constructor(dice: Dice, outages: Outages, latencyMs: number) {
    this.#dice = dice
    this.#outages = outages
    this.#latencyMs = latencyMs
  }

  /** Chance makes one piece overtake another that is on a different stream. */
  readonly conditions: Conditions = (from, to): LinkConditions =>
    this.#slow.has(pair(from, to))
      ? { latencyMs: this.#dice.integer(slowLatencyMs / 2, slowLatencyMs), bytesPerSecond: slowBytesPerSecond }
      : { latencyMs: this.#dice.integer(0, this.#latencyMs), bytesPerSecond }

  /** In one direction; counted, so that a link with two reasons to be cut is cut until both have gone. */
  cut(hub: MemoryHub, from: string, to: string): void {
    this.#outages.begin(pair(from, to))
    if (this.#outages.begin(way(from, to))) hub.cut(from, to)
  }

  heal(hub: MemoryHub, from: string, to: string): void {
    this.#outages.end(pair(from, to))
    if (this.#outages.end(way(from, to))) hub.heal(from, to)
  }

  drop(hub: MemoryHub, peerId: string, other: string): void {
    this.#outages.note(pair(peerId, other))
    hub.drop(peerId, other)
  }

  setSlow(peerId: string, other: string, isSlow: boolean): void {
    if (isSlow) this.#slow.add(pair(peerId, other))
    else this.#slow.delete(pair(peerId, other))
  }

  /** Whether nothing, or not everything, came through between two peers at some moment since. */
  wasCut(peerId: string, other: string, sinceMs: number): boolean {
    return this.#outages.wasOut(pair(peerId, other), sinceMs)
  }
}

function pair(a: string, b: string): string {
  return a < b ? `link ${a} ${b}` : `link ${b} ${a}`
}

function way(from: string, to: string): string {
  return `way ${from} ${to}`
}
