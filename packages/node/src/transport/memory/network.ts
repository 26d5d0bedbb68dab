import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import type { ByteStream } from '../../ports/transport.ts'
import type { Conditions } from './conditions.ts'
import type { Way } from './pipe.ts'
import { type PairEnd, StreamPair } from './stream.ts'

/** A peer on the network. */
export interface Endpoint {
  readonly peerId: string
  /** Where it listens; undefined when it does not. */
  readonly address: string | undefined
  /** Nobody can dial it, as if it were behind a firewall. */
  readonly isShielded: boolean
  /** Takes the acceptor's end of a new stream. */
  onStream(stream: ByteStream): void
}

interface Cut {
  readonly from: string
  readonly to: string
}

/** Who is there, the streams between them, and the state of the ways. */
export class MemoryNetwork {
  readonly clock: Clock
  readonly #random: Random
  readonly #conditions: Conditions
  readonly #endpoints = new Map<string, Endpoint>()
  readonly #pairs = new Set<StreamPair>()
  readonly #cuts = new Map<string, Cut>()
  /** Until when each way is busy with what was sent before. */
  readonly #busyUntilMs = new Map<string, number>()
  readonly #onHealed = new Set<() => void>()

  constructor(clock: Clock, random: Random, conditions: Conditions) {
    this.clock = clock
    this.#random = random
    this.#conditions = conditions
  }

  /** False when the id or the address is taken. */
  add(endpoint: Endpoint): boolean {
    const { peerId, address } = endpoint
    for (const other of this.#endpoints.values()) {
      if (other.peerId === peerId || (address !== undefined && other.address === address)) return false
    }
    this.#endpoints.set(peerId, endpoint)
    return true
  }

  has(endpoint: Endpoint): boolean {
    return this.#endpoints.get(endpoint.peerId) === endpoint
  }

  remove(peerId: string, error?: Error): void {
    this.#endpoints.delete(peerId)
    this.breakOff(peerId, undefined, error)
  }

  /** Whom a dial from one peer to another reaches: one that listens, or one that has a connection to the dialler. */
  find(from: string, to: string): Endpoint | undefined {
    const target = this.#endpoints.get(to)
    const isConnected = (): boolean => [...this.#pairs].some((pair) => !pair.isOver && pair.joins(from, to))
    return this.#canDial(target) || isConnected() ? target : undefined
  }

  /** Whether one peer could open a new connection to another. */
  canDial(from: string, to: string): boolean {
    return this.#canDial(this.#endpoints.get(to)) && !this.isCut(from, to) && !this.isCut(to, from)
  }

  #canDial(target: Endpoint | undefined): boolean {
    return target?.address !== undefined && !target.isShielded
  }

  /** Opens a stream and returns the opener's end. */
  join(opener: Endpoint, acceptor: Endpoint): ByteStream {
    for (const pair of this.#pairs) if (pair.isOver) this.#pairs.delete(pair)
    const pair = new StreamPair({
      clock: this.clock,
      random: this.#random,
      opener: this.#endOf(opener, acceptor),
      acceptor: this.#endOf(acceptor, opener),
    })
    this.#pairs.add(pair)
    acceptor.onStream(pair.acceptor)
    return pair.opener
  }

  #endOf({ peerId, address = '/memory' }: Endpoint, other: Endpoint): PairEnd {
    return { peerId, address, way: this.#way(peerId, other.peerId) }
  }

  #way(from: string, to: string): Way {
    return {
      isCut: () => this.isCut(from, to),
      arrivalMs: (lengthBytes) => {
        const key = keyOf(from, to)
        const { latencyMs, bytesPerSecond } = this.#conditions(from, to)
        const startMs = Math.max(this.clock.monotonicMs(), this.#busyUntilMs.get(key) ?? 0)
        const sentMs = startMs + (lengthBytes / bytesPerSecond) * 1000
        this.#busyUntilMs.set(key, sentMs)
        return sentMs + latencyMs
      },
    }
  }

  /** There and back. */
  roundTripMs(peerId: string, other: string): number {
    return this.#conditions(peerId, other).latencyMs + this.#conditions(other, peerId).latencyMs
  }

  cut(from: string, to: string): void {
    this.#cuts.set(keyOf(from, to), { from, to })
  }

  isCut(from: string, to: string): boolean {
    return this.#cuts.has(keyOf(from, to))
  }

  heal(isHealed: (cut: Cut) => boolean): void {
    for (const [key, cut] of this.#cuts) if (isHealed(cut)) this.#cuts.delete(key)
    for (const pair of [...this.#pairs]) pair.deliver()
    for (const listener of [...this.#onHealed]) listener()
  }

  /** Calls `listener` whenever something heals, until the function returned is called. */
  onHealed(listener: () => void): () => void {
    this.#onHealed.add(listener)
    return () => this.#onHealed.delete(listener)
  }

  /** Ends the streams of a peer, or only those with one other. */
  breakOff(peerId: string, other?: string, error?: Error): void {
    for (const pair of [...this.#pairs]) {
      if (!pair.joins(peerId, other)) continue
      this.#pairs.delete(pair)
      pair.breakOff(error)
    }
  }
}

function keyOf(from: string, to: string): string {
  return `${from} ${to}`
}
