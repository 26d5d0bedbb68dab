import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createIdentity } from '../../src/identity/identity.ts'
import { type Authority, certify, nameSuccessor } from '../../src/membership/authority.ts'
import {
  type Credential,
  decodeCredential,
  encodeCredential,
  type Grant,
  issueCertificate,
  networkIdOf,
} from '../../src/membership/certificate.ts'
import { checkCredential, type Knowledge, nothingKnown } from '../../src/membership/check-credential.ts'
import {
  acceptForSession,
  acceptInvite,
  createBoundInvite,
  createInvite,
  formatInvite,
  inviteId,
  openSession,
  parseInvite,
} from '../../src/membership/invite.ts'
import { roles } from '../../src/membership/role.ts'

const identity = (fill: number) => createIdentity(new Uint8Array(32).fill(fill))
const key = identity(1)
const authority: Authority = { key, founder: key.peerId, succession: [] }
const network = networkIdOf(key.peerId)
const node = identity(2)
const session = identity(3)
const nowMs = 1_000_000
const storage: Grant = { role: 'storage', expiresAtMs: 0 }
const refused = (code: string) => expect.objectContaining({ name: 'MembershipError', code })

function invite(grant: Grant = storage, uses = 0) {
  return createInvite(authority, new Uint8Array(32).fill(9), { ...grant, uses }, ['/ip4/127.0.0.1/tcp/1'])
}

function check(credential: Credential, holder = node.peerId, known: Partial<Knowledge> = {}, atMs = nowMs) {
  return checkCredential(decodeCredential(encodeCredential(credential)), network, holder, atMs, {
    ...nothingKnown,
    ...known,
  })
}

describe('a chain', () => {
  test('from authority over invite and node to a session is good for each of its holders', () => {
    const credential = acceptInvite(parseInvite(formatInvite(invite())), node.peerId)
    expect(check(credential)).toMatchObject({ role: 'storage', expiresAtMs: 0, member: { peerId: node.peerId } })
    const extended = openSession(credential, node, session.peerId)
    expect(check(extended, session.peerId)).toMatchObject({ role: 'client', member: { peerId: node.peerId } })
  })

  test('widens nothing: role, expiry and domain are those of the strictest link', () => {
    const limited = acceptInvite(invite({ role: 'verifier', expiresAtMs: nowMs + 1, domain: 'rack-1' }), node.peerId)
    expect(check(limited)).toMatchObject({ role: 'verifier', expiresAtMs: nowMs + 1, domain: 'rack-1' })
    const wider = issueCertificate(node, network, session.peerId, { ...storage, domain: 'rack-2', session: true })
    const extended = { ...limited, chain: [...limited.chain, wider] }
    expect(check(extended, session.peerId)).toMatchObject({ role: 'verifier', domain: 'rack-1' })
    expect(() => check(limited, node.peerId, {}, nowMs + 1)).toThrow(refused('MEMBERSHIP_EXPIRED'))
  })

  test('narrows any two roles to the lesser', () => {
    for (const outer of roles) {
      for (const inner of roles) {
        const first = certify(authority, session.peerId, { role: outer, expiresAtMs: 0, uses: 0 })
        const last = issueCertificate(session, network, node.peerId, { role: inner, expiresAtMs: 0 })
        const { role } = check({ ...first, chain: [...first.chain, last] })
        expect(role).toBe(roles[Math.max(roles.indexOf(outer), roles.indexOf(inner))])
      }
    }
  })

  test('is good for its holder only, in its network only', () => {
    const credential = acceptInvite(invite(), node.peerId)
    expect(() => check(credential, session.peerId)).toThrow(refused('NOT_A_MEMBER'))
    expect(() => checkCredential(credential, networkIdOf(node.peerId), node.peerId, nowMs)).toThrow(
      refused('WRONG_NETWORK'),
    )
  })

  test('that the authority did not begin is worth nothing', () => {
    const forged = { authority: key.peerId, chain: [issueCertificate(node, network, node.peerId, storage)] }
    expect(() => check(forged)).toThrow(refused('NOT_A_MEMBER'))
    const stolen = openSession(acceptInvite(invite(), node.peerId), session, session.peerId)
    expect(() => check(stolen, session.peerId)).toThrow(refused('NOT_A_MEMBER'))
  })

  test('makes no member an authority, and no authority a member', () => {
    const usurper = acceptInvite(invite(), node.peerId)
    const crowned = issueCertificate(node, network, session.peerId, { role: 'authority', expiresAtMs: 0 })
    expect(() => check({ ...usurper, chain: [...usurper.chain, crowned] }, session.peerId)).toThrow(
      refused('NOT_A_MEMBER'),
    )
    const next = nameSuccessor(authority, node, nowMs)
    expect(() => check({ authority: key.peerId, chain: next.succession })).toThrow(refused('NOT_A_MEMBER'))
  })
})

describe('nobody lets others in', () => {
  const { chain } = acceptInvite(invite(storage, 1), node.peerId)
  const friend = identity(4)
  const signs = (signer: typeof node, subject: string, terms: object) =>
    issueCertificate(signer, network, subject, { ...storage, ...terms })
  const refusedFor = (holder: string, ...more: ReturnType<typeof signs>[]) =>
    expect(() => check({ authority: key.peerId, chain: [...chain, ...more] }, holder)).toThrow(refused('NOT_A_MEMBER'))

  test.each([['storage'], ['client'], ['verifier']] as const)('by being a member, not even as %s', (role) => {
    refusedFor(friend.peerId, signs(node, friend.peerId, { role }))
  })

  test('by an invite of his own, or one that an invite has signed', () => {
    refusedFor(friend.peerId, signs(node, session.peerId, { uses: 0 }), signs(session, friend.peerId, {}))
    const first = certify(authority, node.peerId, { ...storage, uses: 1 })
    const second = [signs(node, session.peerId, { uses: 0 }), signs(session, friend.peerId, {})]
    expect(() => check({ ...first, chain: [...first.chain, ...second] }, friend.peerId)).toThrow(
      refused('NOT_A_MEMBER'),
    )
  })

  test('by a session, nor opens one', () => {
    const opened = signs(node, session.peerId, { role: 'client', session: true })
    for (const terms of [{}, { session: true }]) refusedFor(friend.peerId, opened, signs(session, friend.peerId, terms))
  })

  test('to more than a client by a session', () => {
    const opened = signs(node, session.peerId, { session: true })
    expect(check({ authority: key.peerId, chain: [...chain, opened] }, session.peerId).role).toBe('client')
  })
})

describe('an invite', () => {
  test('that is bound to a peer is good for no other, and is no key', () => {
    const bound = parseInvite(formatInvite(createBoundInvite(authority, node.peerId, storage, [])))
    expect(check(acceptInvite(bound, node.peerId))).toMatchObject({ role: 'storage' })
    expect(() => acceptInvite(bound, session.peerId)).toThrow(refused('NOT_A_MEMBER'))
    expect(() => acceptForSession(bound, session.peerId)).toThrow(refused('INVITE_INVALID'))
    expect(inviteId(bound)).toBeUndefined()
  })

  test('tells whom it lets in, and is refused when others have used it up', () => {
    const limited = invite(storage, 2)
    const credential = acceptInvite(limited, node.peerId)
    const admission = { invite: inviteId(limited), peerId: node.peerId, uses: 2 }
    expect(check(credential).admissions).toEqual([admission])
    expect(() => check(credential, node.peerId, { hasUseFor: () => false })).toThrow(refused('NOT_A_MEMBER'))
  })

  test('used by a passing key makes no lasting member', () => {
    const passing = acceptForSession(invite(), session.peerId)
    expect(check(passing, session.peerId)).toMatchObject({ role: 'client', member: undefined })
  })

  test('that is truncated or altered is refused', () => {
    const text = formatInvite(invite())
    fc.assert(
      fc.property(fc.nat(text.length - 1), (at) => {
        const altered = text.slice(0, at) + (text[at] === 'x' ? 'y' : 'x') + text.slice(at + 1)
        expect(() => parseInvite(altered)).toThrow(refused('INVITE_INVALID'))
        expect(() => parseInvite(text.slice(0, at))).toThrow(refused('INVITE_INVALID'))
      }),
    )
  })
})

describe('what the authority has ruled', () => {
  const open = invite()
  const credential = openSession(acceptInvite(open, node.peerId), node, session.peerId)

  test.each([
    ['a session', session.peerId],
    ['its member', node.peerId],
    ['the invite', inviteId(open)],
  ])('revoking %s ends the session', (_what, revoked) => {
    expect(() => check(credential, session.peerId, { isRevoked: (peerId) => peerId === revoked })).toThrow(
      expect.objectContaining({
        code: 'MEMBERSHIP_REVOKED',
        message: expect.stringMatching(`(membership of|invite) ${revoked} has been revoked`),
      }),
    )
  })

  test('a retired authority counts until its time is up, its successor at once and from then on', () => {
    const next = nameSuccessor(authority, identity(7), nowMs + 10)
    const known = {
      successorOf: (peerId: string) =>
        peerId === key.peerId ? { subject: next.key.peerId, retiresAtMs: nowMs + 10 } : undefined,
    }
    const [old, renewed] = [certify(authority, node.peerId, storage), certify(next, node.peerId, storage)]
    expect(check(old, node.peerId, known, nowMs + 9).successions).toBe(0)
    expect(() => check(old, node.peerId, known, nowMs + 10)).toThrow(refused('MEMBERSHIP_EXPIRED'))
    for (const atMs of [nowMs, nowMs + 10, nowMs + 1e12]) {
      expect(check(renewed, node.peerId, known, atMs).successions).toBe(1)
    }
    const rival = nameSuccessor(authority, identity(8), nowMs)
    expect(() => check(certify(rival, node.peerId, storage), node.peerId, known)).toThrow(refused('NOT_A_MEMBER'))
  })
})

test('a credential with any byte altered is refused, and never with anything but its own error', () => {
  const record = encodeCredential(acceptInvite(invite(), node.peerId))
  fc.assert(
    fc.property(fc.nat(record.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
      const altered = record.slice()
      altered[at]! ^= mask
      expect(() => checkCredential(decodeCredential(altered), network, node.peerId, nowMs)).toThrow(
        expect.objectContaining({ name: 'MembershipError' }),
      )
    }),
  )
})
