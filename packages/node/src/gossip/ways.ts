/** The ways from here to other peers: as measured lately, else as far as the coordinates of both ends foretell them. */
import { type Coordinate, foretoldUs, type View } from '@p2pstore/state'
import type { Clock } from '../ports/clock.ts'
import type { LinkMeter } from './link-meter.ts'

export interface Way {
  readonly roundTripMs: number
  readonly isMeasured: boolean
  /** Of a thousand calls, those that were lost lately. */
  readonly lostPerMille: number
  /** Encrypted, and its other end known. */
  readonly isSecure: boolean
}

export interface WaysParts {
  readonly view: Pick<View, 'record'>
  readonly meter: LinkMeter
  readonly clock: Pick<Clock, 'monotonicMs'>
  /** Of this peer. */
  readonly coordinate: () => Coordinate
}

/** A coordinate that is wronger than that says nothing yet. */
const wrongPerMille = 1_000

export class Ways {
  readonly #parts: WaysParts

  constructor(parts: WaysParts) {
    this.#parts = parts
  }

  /** Of a thousand calls to a peer, those that were lost lately. */
  lostPerMilleTo(peerId: string): number {
    return this.#parts.meter.linkTo(peerId, this.#parts.clock.monotonicMs())?.lostPerMille ?? 0
  }

  /** Undefined when nothing is known of it. */
  to(peerId: string): Way | undefined {
    const { meter, clock, view, coordinate } = this.#parts
    const link = meter.linkTo(peerId, clock.monotonicMs())
    const { lostPerMille = 0, isSecure = true } = link ?? {}
    if (link?.roundTripMs !== undefined) {
      return { roundTripMs: link.roundTripMs, isMeasured: true, lostPerMille, isSecure }
    }
    const theirs = view.record(peerId)?.coordinate
    const own = coordinate()
    if (theirs === undefined || Math.max(own.errorPerMille, theirs.errorPerMille) >= wrongPerMille) return undefined
    return { roundTripMs: foretoldUs(own, theirs) / 1000, isMeasured: false, lostPerMille, isSecure }
  }
}
