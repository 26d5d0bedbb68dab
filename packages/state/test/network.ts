import { createHash } from 'node:crypto'
import type { MemberRecord } from '../src/member.ts'
import type { Scope } from '../src/peers.ts'
import { type SignedRecord, signRecord } from '../src/signed-record.ts'
import { View, type ViewOptions } from '../src/view.ts'

/** Start of the tests' time, milliseconds since the Unix epoch. */
export const EPOCH_MS = 1_700_000_000_000

export function momentAt(monotonicMs: number) {
  return { nowMs: EPOCH_MS + monotonicMs, monotonicMs }
}

export function recordOf(peerId: string, change: Partial<MemberRecord> = {}): MemberRecord {
  return {
    peerId,
    incarnation: 1,
    version: 1,
    timestampMs: EPOCH_MS,
    renewMs: 1_000,
    roles: ['storage'],
    addresses: [`/ip4/10.0.0.1/tcp/4001/p2p/${peerId}`],
    units: [{ id: 'disk', totalBytes: 1_000_000, freeBytes: 400_000, outlook: 'good' }],
    group: 'default',
    domain: peerId,
    tags: [],
    draining: false,
    links: [],
    ...change,
  }
}

/** Stands for a real signature: whoever knows the peer id can make it, nobody makes it by accident. */
function signatureOf(peerId: string, payload: Uint8Array): Uint8Array {
  return createHash('sha256').update(peerId).update(payload).digest()
}

export function signed(record: MemberRecord): SignedRecord {
  return signRecord(record, (payload) => signatureOf(record.peerId, payload))
}

export function verify(peerId: string, payload: Uint8Array, signature: Uint8Array): boolean {
  return Buffer.from(signature).equals(signatureOf(peerId, payload))
}

/** One exchange: `asker` shows its digest, both end up with what either knew. */
export function exchange(asker: View, answerer: View, nowMs: number, scope: Scope = 'group', maxBytes?: number): void {
  const hashes = asker.hashes(scope)
  const differences = answerer.differences(hashes, scope)
  const { records, wanted } = asker.delta(differences, hashes.length / 4, scope, maxBytes)
  answerer.merge(records, momentAt(nowMs))
  asker.merge(answerer.records(wanted, maxBytes), momentAt(nowMs))
}

export function createView(options: Partial<ViewOptions> = {}): View {
  return new View({ selfId: 'self', verify, ...options })
}

/** A seeded source of 32-bit integers (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
}
