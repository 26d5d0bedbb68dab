/**
 * Finds out who doesn't answer (SWIM, with Lifeguard's patience; sources in the state package: ring.ts, suspicion.ts,
 * local-health.ts). Once in a while the next neighbour on the ring is pinged. When it doesn't answer in time, it is
 * pinged once more while three others are asked to try as well, for the fault may be in the way or here. When all of
 * that fails twice, and not a byte has come from it meanwhile, it is accused before all. A peer to which a request
 * could not be delivered is probed at once.
 */
import { type Coordinate, type LocalHealth, neighboursOf, shortId, type View } from '@p2pstore/state'
import type { Clock, Timer } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import { drawn } from '../random/drawn.ts'
import type { Herald } from './herald.ts'
import type { Messenger } from './messenger.ts'

export interface ProberParts {
  readonly selfId: string
  readonly view: View
  readonly messenger: Messenger
  readonly clock: Clock
  readonly random: Random
  readonly herald: Herald
  readonly health: LocalHealth
  /** Between probes, when all is well. */
  readonly intervalMs: number
  /** A peer has answered in so much time, and said where it is. */
  readonly answered: (peerId: string, roundTripMs: number, coordinate: Coordinate) => void
}

const pingTimeoutMs = 800
/** For a helper to ping and to answer. */
const askTimeoutMs = 1_600
const helperCount = 3
const attempts = 2

export class Prober {
  readonly #parts: ProberParts
  /** Neighbours still to be probed before all are chosen anew. */
  #round: string[] = []
  readonly #underWay = new Set<string>()
  readonly #helping = new Map<string, Promise<boolean>>()
  #timer: Timer | undefined
  #isStopped = false

  constructor(parts: ProberParts) {
    this.#parts = parts
  }

  start(): void {
    this.#later()
  }

  stop(): void {
    this.#isStopped = true
    this.#timer?.cancel()
  }

  /** Pings a peer once. @returns whether it answered */
  async try(peerId: string): Promise<boolean> {
    return this.#ping(peerId, pingTimeoutMs, this.#parts.answered)
  }

  /**
   * Tries on behalf of another. However many ask, a peer is pinged once at a time, if it is known; and the way to it is not
   * measured by that, or others could choose whom this node takes its coordinate from.
   * @returns whether the peer answered
   */
  help(peerId: string): Promise<boolean> {
    if (this.#parts.view.record(peerId) === undefined) return Promise.resolve(false)
    const underWay = this.#helping.get(peerId)
    if (underWay !== undefined) return underWay
    const answer = this.#ping(peerId, pingTimeoutMs, () => {}).finally(() => this.#helping.delete(peerId))
    this.#helping.set(peerId, answer)
    return answer
  }

  /** Finds out at once whether a peer is there; does nothing while that is under way. */
  probe(peerId: string): void {
    if (this.#underWay.has(peerId) || this.#isStopped) return
    this.#underWay.add(peerId)
    void this.#judge(peerId).finally(() => this.#underWay.delete(peerId))
  }

  #later(): void {
    if (this.#isStopped) return
    const { clock, random, health, intervalMs } = this.#parts
    const jitter = 0.9 + (random.uint32() / 2 ** 32) * 0.2
    this.#timer = clock.setTimer(intervalMs * health.patience * jitter, () => {
      const peerId = this.#next()
      if (peerId !== undefined) this.probe(peerId)
      this.#later()
    })
  }

  /** Neighbours in turn, in an order that is drawn anew each time round. */
  #next(): string | undefined {
    if (this.#round.length === 0) this.#round = drawn(this.#neighbours(), this.#parts.random)
    return this.#round.pop()
  }

  #neighbours(): string[] {
    const { view, clock } = this.#parts
    return neighboursOf(view, clock.monotonicMs())
  }

  async #judge(peerId: string): Promise<void> {
    const { view, clock, health } = this.#parts
    const startMs = clock.monotonicMs()
    const isHeard = (): boolean => view.heardDirectlySince(peerId, startMs)
    for (let attempt = 0; attempt < attempts; attempt++) {
      if (await this.#reach(peerId)) return health.good()
      if (this.#isStopped || isHeard()) return
      health.bad()
    }
    this.#accuse(peerId, startMs)
  }

  async #reach(peerId: string): Promise<boolean> {
    const { messenger, health, answered, view, clock } = this.#parts
    if (await this.#ping(peerId, pingTimeoutMs * health.patience, answered)) return true
    const helpers = drawn(
      this.#neighbours().filter((neighbour) => neighbour !== peerId),
      this.#parts.random,
    ).slice(0, helperCount)
    const timeoutMs = askTimeoutMs * health.patience
    const asked = helpers.map(async (helper) => {
      const reply = await messenger.ask(helper, { subject: peerId }, { timeoutMs })
      if (!reply.answered) throw new Error('no answer')
      view.vouched(peerId, clock.monotonicMs())
    })
    const again = async (): Promise<void> => {
      if (!(await this.#ping(peerId, timeoutMs, answered))) throw new Error('no answer')
    }
    return Promise.any([again(), ...asked]).then(
      () => true,
      () => false,
    )
  }

  async #ping(peerId: string, timeoutMs: number, answered: ProberParts['answered']): Promise<boolean> {
    const { messenger, clock, view } = this.#parts
    const startMs = clock.monotonicMs()
    try {
      const pong = await messenger.ping(peerId, { timeoutMs })
      const nowMs = clock.monotonicMs()
      view.heard(peerId, nowMs)
      answered(peerId, nowMs - startMs, pong.coordinate)
      return true
    } catch {
      return false
    }
  }

  #accuse(peerId: string, startMs: number): void {
    const { view, clock, selfId, herald } = this.#parts
    const record = view.record(peerId)
    if (record === undefined) return
    const { incarnation, version } = record
    const ageMs = Math.round(clock.monotonicMs() - startMs)
    herald.accuse([{ subject: peerId, incarnation, version, accusers: [shortId(selfId)], ageMs }])
  }
}
