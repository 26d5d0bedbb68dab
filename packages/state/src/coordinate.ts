/*
 * Round trips foretold without measuring them (Dabek et al., "Vivaldi: a decentralized network coordinate system", 2004).
 * Every node has a place in a space of eight dimensions, and a height, which stands for its own line to the net; the round
 * trip between two is the distance of their places plus both heights. With each round trip measured, a node moves a little
 * along the line to the other, as a spring between them would pull or push it: far when it is unsure of its own place and
 * the other is sure of its.
 *
 * What others say of their places is not to be trusted. A round trip that can't be, zero or less or above ten seconds, is
 * refused; so is one far above what this way has shown lately, since a node that answers late on purpose would push others
 * away; and no single sample moves a node by more than a cap, nor by more than the round trip that was measured, which nobody
 * can make shorter than it is. Above all, a node that has found its place believes nobody whose place is far from what it
 * measures, however sure they say they are: a liar far away in the space would else draw everybody after it, and leave
 * all in doubt of their own places. Parameters are those of Serf.
 */
import { DIMENSIONS, MAX_ROUND_TRIP_US } from './check-member.ts'
import type { Coordinate } from './member.ts'

const ERROR_WEIGHT = 0.25
const MOVE_WEIGHT = 0.25
const MAX_ERROR = 1.5
const MIN_HEIGHT_US = 10
const MAX_SAMPLE_US = 10_000_000
/** The farthest that one sample moves a node. */
const MAX_STEP_US = 50_000
/** A place so many times too far away may still be a mistake: more is doubted. One too near can't be made up. */
const TOLERATED = 10
/** Of each peer, the median of so many latest round trips is used: one that is late by accident moves nobody. */
const SAMPLES = 3
const MAX_PEERS = 1_024

/** The round trip that two coordinates foretell. */
export function foretoldUs(a: Coordinate, b: Coordinate): number {
  return distanceUs(a.vectorUs, b.vectorUs) + a.heightUs + b.heightUs
}

/** A node's own coordinate, as it learns it. */
export class OwnCoordinate {
  readonly #random: () => number
  readonly #vectorUs: number[] = new Array(DIMENSIONS).fill(0)
  #heightUs = MIN_HEIGHT_US
  #error = MAX_ERROR
  /** Latest samples by peer, the least lately sampled peer first. */
  readonly #samples = new Map<string, readonly number[]>()

  /** @param random integers, uniform in 0 … 2^32 − 1: two nodes in one place must leave it in different directions */
  constructor(random: () => number) {
    this.#random = random
  }

  /** As others may know it: in whole microseconds. */
  get current(): Coordinate {
    return {
      vectorUs: this.#vectorUs.map(Math.round),
      heightUs: Math.round(this.#heightUs),
      errorPerMille: Math.round(this.#error * 1000),
    }
  }

  /** Learns from a round trip to a peer. @returns false when it is refused */
  learn(peer: string, theirs: Coordinate, roundTripUs: number): boolean {
    if (!(roundTripUs > 0 && roundTripUs <= MAX_SAMPLE_US)) return false
    const sampleUs = this.#smooth(peer, roundTripUs)
    const foretold = Math.max(1, foretoldUs(this.#exact(), theirs))
    const wrong = Math.abs(foretold - sampleUs) / sampleUs
    const doubt = Math.max(theirs.errorPerMille / 1000, (wrong - TOLERATED) * (1 - this.#error))
    const weight = this.#error / Math.max(this.#error + doubt, 1e-6)
    this.#error += ERROR_WEIGHT * weight * (Math.min(wrong, 1) - this.#error)
    const pull = MOVE_WEIGHT * weight * (sampleUs - foretold)
    const farthestUs = Math.min(MAX_STEP_US, sampleUs)
    this.#move(theirs, within(pull, -farthestUs, farthestUs))
    return true
  }

  #exact(): Coordinate {
    return { vectorUs: this.#vectorUs, heightUs: this.#heightUs, errorPerMille: 0 }
  }

  #smooth(peer: string, roundTripUs: number): number {
    const samples = [...(this.#samples.get(peer) ?? []), roundTripUs].slice(-SAMPLES)
    this.#samples.delete(peer)
    this.#samples.set(peer, samples)
    if (this.#samples.size > MAX_PEERS) this.#samples.delete(this.#samples.keys().next().value!)
    return samples.toSorted((a, b) => a - b)[(samples.length - 1) >> 1]!
  }

  /** Away from the other by so much, towards it when negative. */
  #move(theirs: Coordinate, byUs: number): void {
    const apartUs = distanceUs(this.#vectorUs, theirs.vectorUs)
    const direction = apartUs > 0 ? this.#vectorUs.map((x, i) => (x - theirs.vectorUs[i]!) / apartUs) : this.#anywhere()
    for (const [i, part] of direction.entries()) {
      this.#vectorUs[i] = within(this.#vectorUs[i]! + part * byUs, -MAX_ROUND_TRIP_US, MAX_ROUND_TRIP_US)
    }
    // Heights grow and shrink with the part of the distance that they make up.
    const share = (this.#heightUs + theirs.heightUs) / Math.max(apartUs, 1)
    this.#heightUs = within(this.#heightUs + within(share, 0, 1) * byUs, MIN_HEIGHT_US, MAX_ROUND_TRIP_US)
  }

  #anywhere(): number[] {
    const vector = Array.from({ length: DIMENSIONS }, () => this.#random() / 2 ** 31 - 1)
    const length = Math.max(Math.hypot(...vector), 1e-9)
    return vector.map((x) => x / length)
  }
}

function distanceUs(a: readonly number[], b: readonly number[]): number {
  let squares = 0
  for (let i = 0; i < DIMENSIONS; i++) squares += (a[i]! - b[i]!) ** 2
  return Math.sqrt(squares)
}

function within(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max)
}
