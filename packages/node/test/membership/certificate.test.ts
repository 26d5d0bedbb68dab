import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createIdentity } from '../../src/identity/identity.ts'
import {
  checkCredential,
  decodeCredential,
  encodeCredential,
  type Grant,
  issueCertificate,
  networkIdOf,
} from '../../src/membership/certificate.ts'
import { acceptInvite, createInvite, extendCredential, formatInvite, parseInvite } from '../../src/membership/invite.ts'

const identity = (fill: number) => createIdentity(new Uint8Array(32).fill(fill))
const authority = identity(1)
const network = networkIdOf(authority.peerId)
const node = identity(2)
const session = identity(3)
const nowMs = 1_000_000
const storage: Grant = { role: 'storage', expiresAtMs: 0 }
const client: Grant = { role: 'client', expiresAtMs: 0 }

function invite(grant: Grant = storage) {
  return createInvite(authority, new Uint8Array(32).fill(9), grant, ['/ip4/127.0.0.1/tcp/1'])
}

test('the chain authority, invite, node, session is good for each of its holders', () => {
  const credential = acceptInvite(parseInvite(formatInvite(invite())), node.peerId, storage)
  expect(checkCredential(credential, network, node.peerId, nowMs)).toEqual(storage)
  const extended = extendCredential(credential, node, session.peerId, client)
  const travelled = decodeCredential(encodeCredential(extended))
  expect(checkCredential(travelled, network, session.peerId, nowMs)).toEqual(client)
})

test('no link widens what the one before it granted', () => {
  const limited = acceptInvite(invite({ role: 'client', expiresAtMs: nowMs + 1 }), node.peerId, storage)
  expect(checkCredential(limited, network, node.peerId, nowMs)).toEqual({ role: 'client', expiresAtMs: nowMs + 1 })
  expect(() => checkCredential(limited, network, node.peerId, nowMs + 1)).toThrow(
    expect.objectContaining({ code: 'MEMBERSHIP_EXPIRED' }),
  )
})

test('a credential is good for its holder only, in its network only', () => {
  const credential = acceptInvite(invite(), node.peerId, storage)
  expect(() => checkCredential(credential, network, session.peerId, nowMs)).toThrow(
    expect.objectContaining({ code: 'NOT_A_MEMBER' }),
  )
  expect(() => checkCredential(credential, networkIdOf(node.peerId), node.peerId, nowMs)).toThrow(
    expect.objectContaining({ code: 'WRONG_NETWORK' }),
  )
})

test('who has no certificate of the authority gets nowhere by signing', () => {
  const forged = { authority: authority.peerId, chain: [issueCertificate(node, network, node.peerId, storage)] }
  expect(() => checkCredential(forged, network, node.peerId, nowMs)).toThrow(
    expect.objectContaining({ code: 'NOT_A_MEMBER' }),
  )
  const stolen = acceptInvite(invite(), node.peerId, storage)
  const appended = extendCredential(stolen, session, session.peerId, storage)
  expect(() => checkCredential(appended, network, session.peerId, nowMs)).toThrow(
    expect.objectContaining({ code: 'NOT_A_MEMBER' }),
  )
})

test('a credential with any byte altered is refused, and never with anything but its own error', () => {
  const record = encodeCredential(acceptInvite(invite(), node.peerId, storage))
  fc.assert(
    fc.property(fc.nat(record.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
      const altered = record.slice()
      altered[at]! ^= mask
      const check = () => checkCredential(decodeCredential(altered), network, node.peerId, nowMs)
      expect(check).toThrow(expect.objectContaining({ name: 'MembershipError' }))
    }),
  )
})

test('a truncated or altered invite is refused', () => {
  const text = formatInvite(invite())
  fc.assert(
    fc.property(fc.nat(text.length - 1), (at) => {
      const altered = text.slice(0, at) + (text[at] === 'x' ? 'y' : 'x') + text.slice(at + 1)
      expect(() => parseInvite(altered)).toThrow(expect.objectContaining({ code: 'INVITE_INVALID' }))
      expect(() => parseInvite(text.slice(0, at))).toThrow(expect.objectContaining({ code: 'INVITE_INVALID' }))
    }),
  )
})
