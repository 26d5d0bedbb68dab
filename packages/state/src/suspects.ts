/*
 * Those against whom something is held, found without looking at anybody else. New accusations go with every exchange until
 * all have heard them. Those of long ago are almost always known to the other side already; sending all of them again and
 * again would cost more than everything else once many nodes are gone for good. So of the old ones a message carries those
 * that it has a reason to, and a few more in turn, for a node that has missed one.
 */
import { type Evidence, firstEvidence, withPause } from './liveness.ts'
import { shortId } from './member.ts'
import type { Peer } from './peer.ts'
import { type Accusation, accusationOf, type Suspicion } from './suspicion.ts'

/** Strangers: peers without a record, members of other groups. */
const MAX_STRANGERS = 4_096
/** For so long an accusation goes with every exchange. */
const FRESH_MS = 60_000
/** Of the older ones in one message. */
const IN_TURN = 2

export class Suspects {
  readonly #peers = new Map<string, Peer>()
  /** The least lately accused first. */
  readonly #strangers = new Map<string, Evidence>()
  /** Old accusations told in turn so far. */
  #turn = 0

  /** Takes note of a peer whose evidence has changed. */
  note(peer: Peer): void {
    if (peer.evidence.suspicion === undefined) this.#peers.delete(peer.record.peerId)
    else this.#peers.set(peer.record.peerId, peer)
  }

  /** Of a peer that is no longer in the view. */
  forget(peerId: string): void {
    this.#peers.delete(peerId)
  }

  stranger(peerId: string): Evidence | undefined {
    return this.#strangers.get(peerId)
  }

  addStranger(strangerId: string, suspicion: Suspicion | undefined, nowMs: number): void {
    this.#strangers.set(strangerId, { ...firstEvidence(nowMs, nowMs), suspicion })
    if (this.#strangers.size > MAX_STRANGERS) this.#strangers.delete(this.#strangers.keys().next().value!)
  }

  acquit(strangerId: string): void {
    this.#strangers.delete(strangerId)
  }

  /** What this process was too sleepy to hear is held against nobody. */
  forgive(pausedMs: number): void {
    for (const [peerId, evidence] of this.#strangers) this.#strangers.set(peerId, withPause(evidence, pausedMs))
  }

  /**
   * What to tell of it: what is fresh, or about one of the peers `named` by their short ids, the latest first; then
   * some old.
   */
  accusations(nowMs: number, maxCount: number, named: ReadonlySet<string>): Accusation[] {
    const [fresh, old]: [Accusation[], Accusation[]] = [[], []]
    for (const [peerId, { suspicion }] of this.#all()) {
      if (suspicion === undefined) continue
      const accusation = accusationOf(peerId, suspicion, nowMs)
      const isDue = accusation.ageMs < FRESH_MS || named.has(shortId(peerId))
      ;(isDue ? fresh : old).push(accusation)
    }
    const inTurn = old.length <= IN_TURN ? old : this.#inTurn(old)
    return [...fresh.sort((a, b) => a.ageMs - b.ageMs), ...inTurn].slice(0, maxCount)
  }

  #inTurn(old: readonly Accusation[]): Accusation[] {
    return Array.from({ length: IN_TURN }, () => old[this.#turn++ % old.length]!)
  }

  *#all(): Generator<[string, Evidence], void> {
    for (const [peerId, { evidence }] of this.#peers) yield [peerId, evidence]
    yield* this.#strangers
  }
}
