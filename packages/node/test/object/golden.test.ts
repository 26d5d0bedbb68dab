/**
 * The formats of docs/format.md, byte for byte. A vector that changes means that what people have stored, or keep on paper,
 * can no longer be read: give the format a new version instead.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { createIdentity } from '../../src/identity/identity.ts'
import { certify, nameSuccessor, signRevocation } from '../../src/membership/authority.ts'
import { encodeCredential, networkIdOf } from '../../src/membership/certificate.ts'
import { createBoundInvite, createInvite, formatInvite } from '../../src/membership/invite.ts'
import { encodeSigned } from '../../src/membership/rulings.ts'
import { formatCapability } from '../../src/object/capability.ts'
import { sealContent, sealSegment } from '../../src/object/cipher.ts'
import { deriveObjectKeys } from '../../src/object/keys.ts'
import { LocationPage } from '../../src/object/location-page.ts'
import { sealManifest } from '../../src/object/manifest.ts'
import { shardId } from '../../src/object/shard-id.ts'

const golden: Record<string, string> = JSON.parse(
  readFileSync(new URL('./golden/formats.json', import.meta.url), 'utf8'),
)

const filled = (length: number, fill: number) => new Uint8Array(length).fill(fill)
const secret = filled(32, 1)
const networkId = filled(16, 2)
const keys = deriveObjectKeys(secret, networkId)
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

const described = {
  objectId: keys.objectId,
  runId: keys.runId,
  scheme: 'rs:4+2',
  shardBytes: 262_144,
  deleteAfterMs: 0,
}

function manifest(): Uint8Array {
  return sealManifest(
    { ...described, objectBytes: 1_000, content: undefined, pageHashes: [], inlineHashes: filled(192, 3) },
    keys.manifestKey,
  ).record
}

function manifestWithObject(): Uint8Array {
  const object = new TextEncoder().encode('small')
  const content = sealContent(keys, [object], object.length)
  return sealManifest(
    { ...described, objectBytes: object.length, content, pageHashes: [], inlineHashes: undefined },
    keys.manifestKey,
  ).record
}

function locationPage(): Uint8Array {
  const page = new LocationPage({ objectId: keys.objectId, page: 0, totalShards: 2, stripeCount: 0 })
  const stored = { peerId: 'peer-a', unit: 'unit', segment: 7, offsetBytes: 2 ** 40 + 4096, checksum: 0xdeadbeef }
  page.stripes.push([stored, undefined])
  page.revision = 3
  return page.encode()
}

function sealedShards(): Uint8Array {
  const shards = [filled(40, 0xff), filled(40, 0xff)]
  sealSegment(keys, 5, [new TextEncoder().encode('the quick brown fox jumps over the lazy dog')], shards)
  return Buffer.concat(shards)
}

const key = createIdentity(filled(32, 4))
const authority = { key, founder: key.peerId, succession: [] }
const member = createIdentity(filled(32, 5))
const grant = { role: 'storage', expiresAtMs: 0 } as const
const limited = { role: 'verifier', expiresAtMs: 2e12, domain: 'rack-3' } as const
const address = '/ip4/127.0.0.1/tcp/7420'
const successor = nameSuccessor(authority, createIdentity(filled(32, 8)), 2e12)

const formats: Record<string, () => string> = {
  'object id': () => hex(keys.objectId),
  'segment key': () => hex(keys.segmentKey),
  'manifest key': () => hex(keys.manifestKey),
  'delete key': () => hex(keys.deleteKey),
  'run id': () => hex(keys.runId),
  'read capability': () => formatCapability({ kind: 'read', network: networkId.slice(0, 8), secret }),
  'verify capability': () =>
    formatCapability({ kind: 'verify', network: networkId.slice(0, 8), objectId: keys.objectId, root: filled(32, 6) }),
  'shard id': () => hex(shardId(keys.objectId, 'shard', 0x01020304, 0x0506)),
  'location page id': () => hex(shardId(keys.objectId, 'locationPage', 9)),
  'sealed segment': () => hex(sealedShards()),
  manifest: () => hex(manifest()),
  'manifest with its object': () => hex(manifestWithObject()),
  'location page': () => hex(locationPage()),
  'network id': () => hex(networkIdOf(authority.founder)),
  credential: () => hex(encodeCredential(certify(authority, member.peerId, grant))),
  'credential by a successor': () => hex(encodeCredential(certify(successor, member.peerId, limited))),
  invite: () => formatInvite(createInvite(authority, filled(32, 7), { ...limited, uses: 3 }, [address])),
  'bound invite': () => formatInvite(createBoundInvite(authority, member.peerId, grant, [address])),
  succession: () => hex(encodeSigned(successor.succession[0]!)),
  revocation: () => hex(encodeSigned(signRevocation(authority, { peerId: member.peerId, atMs: 1e12 }))),
}

describe('golden', () => {
  test('every format has a vector', () => {
    expect(Object.keys(golden).sort()).toEqual(Object.keys(formats).sort())
  })

  test.each(Object.entries(formats))('%s', (name, make) => {
    expect(make()).toBe(golden[name])
  })
})
