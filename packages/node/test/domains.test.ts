import type { MemberRecord } from '@p2pstore/state'
import { expect, test } from 'vitest'
import { Domains } from '../src/domains.ts'
import { isPublicNetwork } from '../src/gossip/observed-prefix.ts'

const home = '198.51.100.0/24'
const elsewhere = '203.0.113.0/24'
const lan = '192.168.1.0/24'

interface Seen {
  readonly claims: string
  readonly from?: string
  readonly certified?: string
}

/** The domains that members are taken to be in, in their order. */
function domainsOf(...members: readonly Seen[]): string[] {
  const seen = members.map(({ claims, from }, number) => ({
    record: { peerId: `${number}`, domain: claims } as MemberRecord,
    observedPrefix: from,
  }))
  const grantOf = (peerId: string) => {
    return { role: 'storage' as const, expiresAtMs: 0, domain: members[Number(peerId)]!.certified }
  }
  const domains = new Domains(seen, { grantOf: grantOf as never })
  return seen.map((member) => domains.of(member))
}

test('what nobody has seen is believed', () => {
  expect(domainsOf({ claims: 'a' }, { claims: 'a' }, { claims: 'b' })).toEqual(['a', 'a', 'b'])
})

test('who claims a domain of its own does not get one on a public network', () => {
  const members = [1, 2, 3].map((number) => ({ claims: `mine-${number}`, from: home }))
  expect(domainsOf(...members)).toEqual([home, home, home])
})

test('who claims the domains of others is in none of them', () => {
  const honest = [{ claims: 'hall-1' }, { claims: 'hall-2' }]
  const liars = [
    { claims: 'hall-1', from: home },
    { claims: 'hall-2', from: home },
  ]
  expect(domainsOf(...honest, ...liars)).toEqual(['hall-1', 'hall-2', home, home])
})

test('networks may share a domain that all of their members claim', () => {
  expect(
    domainsOf({ claims: 'zone', from: home }, { claims: 'zone', from: home }, { claims: 'zone', from: elsewhere }),
  ).toEqual(['zone', 'zone', 'zone'])
})

test('machines of one local network may be domains of their own', () => {
  expect(domainsOf({ claims: 'a', from: lan }, { claims: 'b', from: lan })).toEqual(['a', 'b'])
})

test('a certificate counts more than anything, and says nothing of its neighbours', () => {
  expect(
    domainsOf(
      { claims: 'a', from: home, certified: 'rack-7' },
      { claims: 'b', from: home },
      { claims: 'b', from: home },
    ),
  ).toEqual(['rack-7', 'b', 'b'])
})

test.each([
  ['198.51.100.0/24', true],
  ['172.32.0.0/24', true],
  ['100.128.0.0/24', true],
  ['2001:db8:1::/48', true],
  ['10.0.0.0/24', false],
  ['127.0.0.0/24', false],
  ['169.254.3.0/24', false],
  ['172.16.0.0/24', false],
  ['172.31.9.0/24', false],
  ['192.168.7.0/24', false],
  ['100.64.0.0/24', false],
  ['100.127.0.0/24', false],
  ['fd12:3456:789a::/48', false],
  ['fe80:0:0::/48', false],
  ['0:0:0::/48', false],
])('%s is public: %s', (prefix, isPublic) => {
  expect(isPublicNetwork(prefix)).toBe(isPublic)
})
