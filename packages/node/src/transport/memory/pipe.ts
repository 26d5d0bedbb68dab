/**
 * One direction of a stream in memory. What is sent is cut at random places, and each piece travels for as long as the way's
 * conditions say; order is kept. What arrives waits while the receiver has paused or the way is cut. The sender is told to
 * wait as long as too much has not been taken by the receiver.
 */
import type { Clock, Timer } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'

/** The way from one peer to another, as long as both are there. */
export interface Way {
  /** When a piece that is sent now arrives, in monotonic milliseconds. */
  arrivalMs(lengthBytes: number): number
  isCut(): boolean
}

/** What comes out at the receiving end. */
export interface Outlet {
  data(piece: Uint8Array): void
  /** The sender has closed in good order; everything it sent has been delivered. */
  end(): void
  /** The sender has gone without waiting for that. */
  reset(): void
  /** For the sender: it may send again. */
  drain(): void
}

type Parcel =
  | { readonly kind: 'data'; readonly bytes: Uint8Array }
  | { readonly kind: 'end' }
  | { readonly kind: 'reset' }

const highWaterBytes = 1 << 20
const lowWaterBytes = highWaterBytes / 2
const piecesPerSend = 3

export class Pipe {
  readonly #clock: Clock
  readonly #random: Random
  readonly #way: Way
  readonly #outlet: Outlet
  /** In order; the first `#arrivedCount` of them have arrived and wait to be taken. */
  #parcels: Parcel[] = []
  #arrivedCount = 0
  #timers = new Set<Timer>()
  #queuedBytes = 0
  #isFull = false
  #isPaused = false
  #isOver = false

  constructor(parts: { clock: Clock; random: Random; way: Way; outlet: Outlet }) {
    this.#clock = parts.clock
    this.#random = parts.random
    this.#way = parts.way
    this.#outlet = parts.outlet
  }

  /** False when the sender should wait for `drain`. */
  send(pieces: readonly Uint8Array[]): boolean {
    for (const bytes of this.#cut(copyOf(pieces))) {
      this.#queuedBytes += bytes.length
      this.#dispatch({ kind: 'data', bytes }, bytes.length)
    }
    if (this.#queuedBytes >= highWaterBytes) this.#isFull = true
    return !this.#isFull
  }

  end(): void {
    this.#dispatch({ kind: 'end' }, 0)
  }

  /** Overtakes what has not been delivered. */
  reset(): void {
    this.#forget()
    this.#dispatch({ kind: 'reset' }, 0)
  }

  /** Nothing more comes out. */
  stop(): void {
    this.#isOver = true
    this.#forget()
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.deliver()
  }

  /** Hands over what has arrived, as far as the receiver and the way allow. */
  deliver(): void {
    while (this.#arrivedCount > 0 && !this.#way.isCut() && !this.#isOver) {
      const parcel = this.#parcels[0]!
      if (this.#isPaused && parcel.kind !== 'reset') return
      this.#parcels.shift()
      this.#arrivedCount -= 1
      this.#hand(parcel)
    }
  }

  #hand(parcel: Parcel): void {
    if (parcel.kind !== 'data') {
      this.stop()
      this.#outlet[parcel.kind]()
      return
    }
    this.#queuedBytes -= parcel.bytes.length
    this.#outlet.data(parcel.bytes)
    if (this.#isFull && this.#queuedBytes <= lowWaterBytes) {
      this.#isFull = false
      this.#outlet.drain()
    }
  }

  #dispatch(parcel: Parcel, lengthBytes: number): void {
    if (this.#isOver) return
    this.#parcels.push(parcel)
    const delayMs = this.#way.arrivalMs(lengthBytes) - this.#clock.monotonicMs()
    const timer = this.#clock.setTimer(Math.max(0, delayMs), () => {
      this.#timers.delete(timer)
      this.#arrivedCount += 1
      this.deliver()
    })
    this.#timers.add(timer)
  }

  #forget(): void {
    for (const timer of this.#timers) timer.cancel()
    this.#timers.clear()
    this.#parcels = []
    this.#arrivedCount = 0
    this.#queuedBytes = 0
  }

  #cut(bytes: Uint8Array): Uint8Array[] {
    const cuts = Array.from({ length: piecesPerSend - 1 }, () => this.#random.uint32() % (bytes.length + 1))
    const edges = [0, ...cuts.sort((a, b) => a - b), bytes.length]
    return edges
      .slice(1)
      .map((edge, index) => bytes.subarray(edges[index], edge))
      .filter((piece) => piece.length > 0)
  }
}

function copyOf(pieces: readonly Uint8Array[]): Uint8Array {
  const copy = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let offset = 0
  for (const piece of pieces) {
    copy.set(piece, offset)
    offset += piece.length
  }
  return copy
}
