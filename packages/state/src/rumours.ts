/*
 * Urgent news on its way through this node. What is heard for the first time is told to a few peers at once, and again to
 * others until it has been told often enough that all will have heard it, which grows with the logarithm of their number
 * (Karp et al., "Randomized rumor spreading", 2000). News that is told to fewer goes first. Anti-entropy brings whatever
 * got lost.
 */
import { compareCounters, compareRecords } from './newer.ts'
import type { OpenRecord, SignedRecord } from './signed-record.ts'
import type { Accusation } from './suspicion.ts'

/** What goes into one message. */
export interface News {
  readonly accusations: readonly Accusation[]
  readonly records: readonly SignedRecord[]
}

interface Rumour<T> {
  readonly item: T
  readonly heardMs: number
  /** Peers told. */
  told: number
}

const MAX_RUMOURS = 1_024
/** In one message: 64 accusations of some 120 bytes and 16 records of some 700 stay below 20 KiB. */
const MAX_ACCUSATIONS = 64
const MAX_RECORDS = 16
/** A rumour that was not told often enough by then has nobody to be told to. */
const MAX_AGE_MS = 60_000

export class Rumours {
  readonly #accusations = new Map<string, Rumour<Accusation>>()
  readonly #records = new Map<string, Rumour<OpenRecord>>()

  get isEmpty(): boolean {
    return this.#accusations.size + this.#records.size === 0
  }

  addAccusation(accusation: Accusation, nowMs: number): void {
    const { subject, incarnation, version, accusers } = accusation
    keep(this.#accusations, `${subject} ${incarnation} ${version} ${accusers.join()}`, accusation, nowMs)
  }

  /** What it refutes is no longer told. */
  addRecord(open: OpenRecord, nowMs: number): void {
    const { peerId } = open.record
    for (const [key, { item }] of this.#accusations) {
      if (item.subject === peerId && compareCounters(open.record, item) > 0) this.#accusations.delete(key)
    }
    const waiting = this.#records.get(peerId)
    if (waiting !== undefined && compareRecords(open, waiting.item) <= 0) return
    this.#records.delete(peerId)
    keep(this.#records, peerId, open, nowMs)
  }

  /**
   * The next message's worth, which is about to be told to `peerCount` peers.
   * @param members of the network, as far as known
   */
  take(peerCount: number, members: number, nowMs: number): News {
    const enough = timesToTell(members)
    return {
      accusations: next(this.#accusations, MAX_ACCUSATIONS, peerCount, enough, nowMs).map(({ item, heardMs }) => ({
        ...item,
        ageMs: Math.round(item.ageMs + nowMs - heardMs),
      })),
      records: next(this.#records, MAX_RECORDS, peerCount, enough, nowMs).map(({ item }) => ({
        payload: item.payload,
        signature: item.signature,
      })),
    }
  }
}

/** How many peers each node tells, so that everybody hears: three times the logarithm. */
function timesToTell(members: number): number {
  return Math.ceil(3 * Math.log10(members + 1)) + 3
}

function keep<T>(rumours: Map<string, Rumour<T>>, key: string, item: T, heardMs: number): void {
  if (rumours.has(key)) return
  rumours.set(key, { item, heardMs, told: 0 })
  if (rumours.size > MAX_RUMOURS) rumours.delete(rumours.keys().next().value!)
}

function next<T>(
  rumours: Map<string, Rumour<T>>,
  maxCount: number,
  peerCount: number,
  enough: number,
  nowMs: number,
): Rumour<T>[] {
  const chosen = [...rumours].sort(([, a], [, b]) => a.told - b.told).slice(0, maxCount)
  for (const [key, rumour] of chosen) {
    rumour.told += peerCount
    if (rumour.told >= enough || nowMs - rumour.heardMs > MAX_AGE_MS) rumours.delete(key)
  }
  return chosen.map(([, rumour]) => rumour)
}
