import 'reflect-metadata'
import { webcrypto, X509Certificate } from 'node:crypto'
import { generateKeyPair } from '@libp2p/crypto/keys'
import type { PeerId } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { Extension, X509Certificate as PeculiarCertificate } from '@peculiar/x509'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createCertificate } from '../../src/transport/libp2p/native-tls/certificate.ts'
import { type DerValue, decodeDer, encodeDer } from '../../src/transport/libp2p/native-tls/der.ts'
import { verifyCertificate } from '../../src/transport/libp2p/native-tls/verify-certificate.ts'
import { type Forgery, forge, signedKeyExtension, specified } from './tls-certificates.ts'

const nowMs = Date.parse('2030-06-01')
const peer = await generateKeyPair('Ed25519')
const other = await generateKeyPair('Ed25519')
const peerId = peerIdFromPrivateKey(peer)

async function verifyForged(forgery: Partial<Forgery>, expected?: PeerId): Promise<PeerId> {
  const { cert } = await forge({ peer, ...forgery })
  return verifyCertificate(new X509Certificate(cert), nowMs, expected)
}

describe('the certificate of a peer', () => {
  it.each(specified)('may hold a key of type $keyType', async (vector) => {
    const certificate = new X509Certificate(Buffer.from(vector.der, 'hex'))
    expect(String(await verifyCertificate(certificate, nowMs))).toBe(vector.peerId)
  })

  it.each(['Ed25519', 'secp256k1', 'RSA'] as const)('can be made with a key of type %s', async (type) => {
    const hostKey = type === 'RSA' ? await generateKeyPair(type, 2048) : await generateKeyPair(type as 'Ed25519')
    const { cert, key } = await createCertificate(hostKey)
    const expected = peerIdFromPrivateKey(hostKey)
    expect(String(await verifyCertificate(new X509Certificate(cert), nowMs, expected))).toBe(String(expected))
    expect(key).toContain('BEGIN PRIVATE KEY')
  })

  it('is what another implementation of X.509 takes for a right one', async () => {
    const certificate = new PeculiarCertificate((await createCertificate(peer)).cert)
    expect(await certificate.verify({ date: new Date(nowMs) }, webcrypto as never)).toBe(true)
    expect(await certificate.isSelfSigned(webcrypto as never)).toBe(true)
    expect(certificate.subject).toBe('O=libp2p')
    expect(certificate.notBefore).toEqual(new Date('1975-01-01'))
    expect(certificate.notAfter).toEqual(new Date('4096-01-01'))
    expect(certificate.extensions.map(({ type, critical }) => [type, critical])).toEqual([
      ['1.3.6.1.4.1.53594.1.1', false],
    ])
    const serials = await Promise.all(
      [1, 2].map(async () => new PeculiarCertificate((await createCertificate(peer)).cert).serialNumber),
    )
    expect(serials[0]).not.toBe(serials[1])
  })

  it('is accepted when another implementation has made it, with extensions that need not be understood', async () => {
    const unknown = new Extension('1.2.3.4', false, Uint8Array.of(5, 0))
    const verified = await verifyForged({ extensions: (right) => [unknown, right] }, peerId)
    expect(String(verified)).toBe(String(peerId))
  })

  const wrong: [string, Partial<Forgery>, RegExp][] = [
    ['it is not valid yet', { notBefore: new Date('2030-06-02') }, /not valid yet/],
    ['it has expired', { notAfter: new Date('2030-05-31') }, /expired/],
    ['it lacks the extension', { extensions: () => [] }, /libp2p extension, once/],
    ['it has the extension twice', { extensions: (right) => [right, right] }, /libp2p extension, once/],
    ['the peer has not signed it', { signer: other }, /has not signed/],
    ['the peer has signed it for something else', { prefix: 'libp2p-other-handshake:' }, /has not signed/],
    [
      'it has an unknown critical extension',
      { extensions: (right) => [right, new Extension('1.2.3.4', true, Uint8Array.of(5, 0))] },
      /critical extension/,
    ],
  ]
  it.each(wrong)('is refused when %s', async (_name, forgery, message) => {
    await expect(verifyForged(forgery)).rejects.toMatchObject({
      name: 'InvalidCryptoExchangeError',
      message: expect.stringMatching(message),
    })
  })

  it('is refused when its extension is malformed', async () => {
    const malformed = fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      fc
        .array(fc.uint8Array({ maxLength: 40 }), { maxLength: 4 })
        .map((values) => encodeDer(0x30, ...values.map((value) => encodeDer(0x04, value)))),
    )
    await fc.assert(
      fc.asyncProperty(malformed, async (value) => {
        await expect(verifyForged({ extensions: () => [signedKeyExtension(value)] })).rejects.toMatchObject({
          name: 'InvalidCryptoExchangeError',
        })
      }),
      { numRuns: 50 },
    )
  })

  it('is refused when it is not signed by its own key', async () => {
    const { raw } = new X509Certificate((await createCertificate(peer)).cert)
    raw[raw.length - 1]! ^= 1
    await expect(verifyCertificate(new X509Certificate(raw), nowMs)).rejects.toThrow(/not signed by its own key/)
  })

  it('is refused when there is none', async () => {
    await expect(verifyCertificate(undefined, nowMs)).rejects.toThrow(/there is none/)
  })

  it('is refused when it is that of another peer', async () => {
    const verifying = verifyForged({}, peerIdFromPrivateKey(other))
    await expect(verifying).rejects.toMatchObject({ name: 'UnexpectedPeerError' })
  })
})

describe('DER', () => {
  const tag = fc.integer({ min: 0, max: 255 }).filter((tag) => (tag & 0x1f) !== 0x1f)
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.integer({ min: 0, max: 70_000 }).map((length) => new Uint8Array(length)),
  )
  const values: fc.Arbitrary<DerValue[]> = fc.array(fc.record({ tag, content }), { maxLength: 5 })
  const encode = (values: DerValue[]): Uint8Array =>
    Buffer.concat(values.map(({ tag, content }) => encodeDer(tag, content)))

  it('is read as it was written', () => {
    fc.assert(
      fc.property(values, (values) => {
        const decoded = decodeDer(encode(values))
        expect(decoded.map(({ tag }) => tag)).toEqual(values.map(({ tag }) => tag))
        decoded.forEach(({ content }, index) => {
          expect(Buffer.compare(content, values[index]!.content)).toBe(0)
        })
      }),
    )
  })

  it('has one form only: whatever can be read is written as it was', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        let decoded: DerValue[]
        try {
          decoded = decodeDer(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError)
          return
        }
        expect(Buffer.compare(encode(decoded), bytes)).toBe(0)
      }),
      { numRuns: 1000 },
    )
  })

  it.each(['30', '3001', '308000', '300200', '30810100', '3082008000', '308400000080', '1f0100'])(
    'does not read %s',
    (text) => {
      expect(() => decodeDer(Buffer.from(text, 'hex'))).toThrow(RangeError)
    },
  )
})
