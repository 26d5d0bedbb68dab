/**
 * The ways to other peers, measured by what goes over them anyway: round trips of small calls, bytes per second of large
 * bodies, how many calls were lost. Measurements are smoothed; a way that has not been used for a while is forgotten, and
 * of many ways those used most lately are told to others.
 */
import type { LinkRecord, LinkSecurity } from '@p2pstore/state'
import { shortId } from '@p2pstore/state'
import type { CallReport } from '../protocol/observer.ts'

interface Link {
  roundTripMs: number
  /** How many round trips it is from, as far as that matters. */
  roundTrips: number
  bytesPerSecond: number
  /** Share of the latest calls. */
  failures: number
  security: LinkSecurity
  usedMs: number
  /** Calls, the older ones counting less. */
  use: number
}

/** What this end knows of a way. */
export interface MeasuredLink {
  readonly roundTripMs: number | undefined
  readonly lostPerMille: number
  readonly isSecure: boolean
}

/** Weight of the newest measurement. */
const newest = 1 / 8
/** The first of these may have waited for a connection: the shortest of them counts. */
const firstRoundTrips = 4
/** Smaller bodies say more about the round trip than about the line. */
const leastBytes = 64 * 1024
const forgetAfterMs = 600_000
const useHalfLifeMs = 120_000
const maximumPeers = 1_024
/** As many as a record carries. */
const toldCount = 16
const longestMs = 60_000
const fastestBytesPerSecond = 1e12

export class LinkMeter {
  readonly #links = new Map<string, Link>()

  connected(peerId: string, address: string, nowMs: number): void {
    const link = this.#used(peerId, nowMs)
    if (link !== undefined) link.security = address.startsWith('/memory') ? 'local' : 'secure'
  }

  /** A small call was answered. Such as take no time at all on this clock are within a process. */
  roundTrip(peerId: string, roundTripMs: number, nowMs: number): void {
    const link = this.#used(peerId, nowMs)
    if (link === undefined || !(roundTripMs >= 0 && roundTripMs <= longestMs)) return
    const isFirst = link.roundTrips < firstRoundTrips
    link.roundTripMs = isFirst ? least(link.roundTripMs, roundTripMs) : smoothed(link.roundTripMs, roundTripMs)
    link.roundTrips += isFirst ? 1 : 0
  }

  called({ peerId, outcome, bytes, elapsedMs }: CallReport, nowMs: number): void {
    if (outcome === 'unsent') return
    const link = this.#used(peerId, nowMs)
    if (link === undefined) return
    link.failures += ((outcome === 'undelivered' ? 1 : 0) - link.failures) * newest
    if (outcome !== 'answered' || bytes < leastBytes || elapsedMs <= 0) return
    link.bytesPerSecond = smoothed(link.bytesPerSecond, Math.min((bytes * 1000) / elapsedMs, fastestBytesPerSecond))
  }

  /** Undefined when it was not used lately. */
  linkTo(peerId: string, nowMs: number): MeasuredLink | undefined {
    const link = this.#links.get(peerId)
    if (link === undefined || isStale(link, nowMs)) return undefined
    return {
      roundTripMs: Number.isNaN(link.roundTripMs) ? undefined : link.roundTripMs,
      lostPerMille: Math.round(link.failures * 1000),
      isSecure: link.security !== 'plain',
    }
  }

  /** As others may know them, the most used first. */
  links(nowMs: number): LinkRecord[] {
    for (const [peerId, link] of this.#links) if (isStale(link, nowMs)) this.#links.delete(peerId)
    return [...this.#links]
      .filter(([, link]) => !Number.isNaN(link.roundTripMs))
      .sort(([, a], [, b]) => useAt(b, nowMs) - useAt(a, nowMs))
      .slice(0, toldCount)
      .map(([peerId, link]) => ({
        peer: shortId(peerId),
        roundTripUs: Math.round(link.roundTripMs * 1000),
        bytesPerSecond: Number.isNaN(link.bytesPerSecond) ? 0 : Math.round(link.bytesPerSecond),
        failurePerMille: Math.round(link.failures * 1000),
        security: link.security,
      }))
  }

  /** The way to a peer, one more time; undefined when there are too many already. */
  #used(peerId: string, nowMs: number): Link | undefined {
    let link = this.#links.get(peerId)
    if (link === undefined) {
      if (this.#links.size >= maximumPeers) return undefined
      const unknown = Number.NaN
      const measured = { roundTripMs: unknown, roundTrips: 0, bytesPerSecond: unknown, failures: 0 }
      link = { ...measured, security: 'secure', usedMs: nowMs, use: 0 }
      this.#links.set(peerId, link)
    }
    link.use = useAt(link, nowMs) + 1
    link.usedMs = nowMs
    return link
  }
}

function least(before: number, measured: number): number {
  return Number.isNaN(before) ? measured : Math.min(before, measured)
}

function smoothed(before: number, measured: number): number {
  return Number.isNaN(before) ? measured : before + (measured - before) * newest
}

function useAt({ use, usedMs }: Link, nowMs: number): number {
  return use * 2 ** (-(nowMs - usedMs) / useHalfLifeMs)
}

function isStale({ usedMs }: Link, nowMs: number): boolean {
  return nowMs - usedMs > forgetAfterMs
}
