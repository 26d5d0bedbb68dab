import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { revokeBy, rotate } from '../../src/home/rule.ts'
import { createIdentity } from '../../src/identity/identity.ts'
import { type Authority, authorityFrom, certify } from '../../src/membership/authority.ts'
import { type Credential, encodeCredential, type Grant } from '../../src/membership/certificate.ts'
import { acceptInvite, createInvite, inviteId, openSession } from '../../src/membership/invite.ts'
import { Roll, type RollItem } from '../../src/membership/roll.ts'
import { seededRandom } from '../../src/random/seeded-random.ts'

const identity = (fill: number) => createIdentity(new Uint8Array(32).fill(fill))
const key = identity(1)
const authority: Authority = { key, founder: key.peerId, succession: [] }
const members = [2, 3, 4, 5].map(identity)
const [alice, bob, carol] = members as [typeof key, typeof key, typeof key]
const nowMs = 1_000_000
const storage: Grant = { role: 'storage', expiresAtMs: 0 }

const credentialItem = (credential: Credential): RollItem => ({
  kind: 'credential',
  record: encodeCredential(credential),
})
const listing = (peerId: string, by = authority, grant = storage): RollItem =>
  credentialItem(certify(by, peerId, grant))
const peerIds = (roll: Roll): string[] => roll.members.map(({ peerId }) => peerId).sort()
const sorted = (...identities: (typeof key)[]): string[] => identities.map(({ peerId }) => peerId).sort()

function rollOf(...items: RollItem[]): Roll {
  const roll = new Roll(key.peerId)
  expect(roll.merge(items, nowMs).refused).toEqual([])
  return roll
}

describe('a roll', () => {
  test('ends up the same, in whatever order its items come, and however often', () => {
    const { next, items } = rotate(
      authority,
      rollOf(...members.map(({ peerId }) => listing(peerId))),
      nowMs + 10,
      seededRandom(1),
    )
    const all = [...items, revokeBy(next, bob.peerId, nowMs), listing(alice.peerId), listing(alice.peerId, next)]
    const whole = new Roll(key.peerId)
    whole.merge(all, nowMs)
    expect(peerIds(whole)).toEqual(sorted(...members.filter((member) => member !== bob)))
    fc.assert(
      fc.property(
        fc.array(fc.shuffledSubarray(all), { maxLength: 4 }),
        fc.shuffledSubarray(all, { minLength: all.length }),
        (parts, rest) => {
          const roll = new Roll(key.peerId)
          for (const part of [...parts, rest, rest]) roll.merge(part, nowMs)
          expect(Buffer.from(roll.digest()).equals(whole.digest())).toBe(true)
          expect([...roll.items().keys()].sort()).toEqual([...whole.items().keys()].sort())
        },
      ),
      { numRuns: 50 },
    )
  })

  test('strikes off who is revoked, and all who came by a revoked invite', () => {
    const invite = createInvite(authority, new Uint8Array(32).fill(9), { ...storage, uses: 0 }, [])
    const guests = [alice, bob].map(({ peerId }) => credentialItem(acceptInvite(invite, peerId)))
    const roll = rollOf(...guests, listing(carol.peerId))
    expect(peerIds(roll)).toEqual(sorted(alice, bob, carol))
    expect(roll.merge([revokeBy(authority, inviteId(invite)!, nowMs)], nowMs).taken).toHaveLength(1)
    expect(peerIds(roll)).toEqual([carol.peerId])
    expect(roll.merge(guests, nowMs).refused).toHaveLength(2)
    expect(roll.isRevoked(inviteId(invite)!)).toBe(true)
    expect(roll.rulings.revocations).toEqual([{ peerId: inviteId(invite), atMs: nowMs }])
  })

  test('strikes off whose time is up', () => {
    const roll = rollOf(
      listing(alice.peerId, authority, { role: 'client', expiresAtMs: nowMs + 5 }),
      listing(bob.peerId),
    )
    roll.strike(nowMs + 4)
    expect(roll.grantOf(alice.peerId)).toMatchObject({ role: 'client' })
    roll.strike(nowMs + 5)
    expect(peerIds(roll)).toEqual([bob.peerId])
  })

  test('keeps the credential of the latest authority, and that which lasts longest', () => {
    const short = listing(alice.peerId, authority, { role: 'storage', expiresAtMs: nowMs + 5 })
    const roll = rollOf(short, listing(alice.peerId))
    expect(roll.grantOf(alice.peerId)).toMatchObject({ expiresAtMs: 0 })
    const { next, items } = rotate(authority, roll, nowMs + 10, seededRandom(2))
    roll.merge(items, nowMs)
    expect(roll.credentialOf(alice.peerId)).toEqual(certify(next, alice.peerId, storage))
    expect(roll.merge([listing(alice.peerId)], nowMs).taken).toEqual([])
  })

  test('lists members, not their sessions', () => {
    const roll = new Roll(key.peerId)
    const credential = certify(authority, alice.peerId, storage)
    const session = openSession(credential, alice, bob.peerId)
    roll.note(roll.check(session, bob.peerId, nowMs), nowMs)
    expect(peerIds(roll)).toEqual([alice.peerId])
    expect(roll.merge([credentialItem(session)], nowMs).refused).toMatchObject([{ code: 'NOT_A_MEMBER' }])
  })

  test('lets so many in by an invite and no more', () => {
    const invite = createInvite(authority, new Uint8Array(32).fill(9), { ...storage, uses: 2 }, [])
    const credentials = members.map((member) => acceptInvite(invite, member.peerId))
    const roll = rollOf(credentialItem(credentials[0]!), credentialItem(credentials[1]!))
    expect(() => roll.check(credentials[2]!, carol.peerId, nowMs)).toThrow(
      expect.objectContaining({ code: 'NOT_A_MEMBER' }),
    )
    expect(roll.check(credentials[0]!, alice.peerId, nowMs)).toMatchObject({ role: 'storage' })
  })

  test('takes nothing that its authority did not sign, nor a line out of it', () => {
    const rogue: Authority = { key: identity(8), founder: key.peerId, succession: [] }
    const roll = rollOf(listing(alice.peerId))
    const forged = [
      revokeBy(rogue, alice.peerId, nowMs),
      listing(bob.peerId, rogue),
      ...rotate(rogue, roll, nowMs, seededRandom(1)).items,
      ...(['succession', 'revocation', 'credential'] as const).map((kind) => ({ kind, record: new Uint8Array(40) })),
      { kind: 'succession', record: revokeBy(authority, alice.peerId, nowMs).record } as const,
      { kind: 'revocation', record: rotate(authority, roll, nowMs, seededRandom(1)).items[0]!.record } as const,
    ]
    const before = roll.digest()
    expect(roll.merge(forged, nowMs).taken).toEqual([])
    expect(roll.digest()).toEqual(before)
  })
})

describe('what a peer sends of its roll', () => {
  test('is looked at until 64 items were worth nothing', () => {
    const rogue: Authority = { key: identity(8), founder: key.peerId, succession: [] }
    const forged = Array.from({ length: 200 }, () => listing(alice.peerId, rogue))
    const roll = rollOf()
    const { taken, refused } = roll.merge([...forged, listing(bob.peerId)], nowMs)
    expect([taken, refused.length]).toEqual([[], 64])
  })

  test('may all be known: that costs no check', () => {
    const known = members.map(({ peerId }) => listing(peerId))
    const roll = rollOf(...known)
    const again = Array.from({ length: 100 }, () => known).flat()
    const news = listing(identity(20).peerId)
    expect(roll.merge([...again, news], nowMs)).toEqual({ taken: [news], refused: [] })
  })
})

describe('a succession', () => {
  const roll = () => rollOf(listing(alice.peerId), revokeBy(authority, bob.peerId, nowMs))

  test('takes the right to revoke from the old key, and carries over what it had revoked', () => {
    const both = roll()
    const { next, items } = rotate(authority, both, nowMs + 10, seededRandom(1))
    expect(both.merge(items.slice(0, 1), nowMs).taken).toHaveLength(1)
    expect(both.isRevoked(bob.peerId)).toBe(true)
    expect(both.merge([revokeBy(authority, alice.peerId, nowMs)], nowMs).refused).toHaveLength(1)
    both.merge(items, nowMs)
    const newcomer = rollOf(...both.items().values())
    expect(newcomer.isRevoked(bob.peerId)).toBe(true)
    expect(newcomer.merge([revokeBy(next, carol.peerId, nowMs)], nowMs).taken).toHaveLength(1)
  })

  test('is one line: the first that is known holds against a rival', () => {
    const known = roll()
    const [first, rival] = [1, 2].map((seed) => rotate(authority, roll(), nowMs + 10, seededRandom(seed)))
    known.merge(first!.items, nowMs)
    const { taken, refused } = known.merge(rival!.items, nowMs)
    expect(taken).toEqual([])
    expect(refused[0]).toMatchObject({ code: 'AUTHORITY_RETIRED' })
    expect(known.rulings.authorities).toEqual([key.peerId, first!.next.key.peerId])
  })

  test('can be repeated, and only the last key rules', () => {
    const known = roll()
    let holder = authority
    for (const seed of [1, 2, 3]) {
      const { next, items } = rotate(holder, known, nowMs + 10, seededRandom(seed))
      known.merge(items, nowMs)
      holder = next
    }
    const { authorities, succession } = known.rulings
    expect(authorityFrom(holder.key, authorities, succession)).toEqual(holder)
    expect(() => authorityFrom(key, authorities, succession)).toThrow(
      expect.objectContaining({ code: 'AUTHORITY_RETIRED' }),
    )
    expect(() => authorityFrom(alice, authorities, succession)).toThrow(
      expect.objectContaining({ code: 'NOT_A_MEMBER' }),
    )
    expect(known.grantOf(alice.peerId)).toMatchObject({ role: 'storage' })
    const record = encodeCredential(known.credentialOf(alice.peerId)!)
    expect(rollOf(...known.items().values()).items().size).toBe(3 + 1 + 1)
    expect(record.length).toBeLessThan(2_000)
  })
})
