/**
 * A certificate to show to peers: self-signed, by a key that is made for it, with the extension that ties it to this peer.
 * What X.509 has besides, such as names and dates, says nothing about a peer, so it is the same in all of them.
 *
 * Source: RFC 5280, chapter 4.1; libp2p specifications, "TLS Handshake", "Peer Authentication".
 */
import { createHash, generateKeyPairSync, sign, X509Certificate } from 'node:crypto'
import type { PrivateKey } from '@libp2p/interface'
import { derTag, encodeDer } from './der.ts'
import { encodeSignedKey, signedKeyId } from './signed-key.ts'

/** Both PEM. */
export interface Credentials {
  readonly cert: string
  readonly key: string
}

const sequence = (...contents: Uint8Array[]): Uint8Array => encodeDer(derTag.sequence, ...contents)

/** 1.2.840.10045.4.3.2 */
const ecdsaWithSha256 = sequence(encodeDer(derTag.objectId, Buffer.from('2a8648ce3d040302', 'hex')))
/** Organization (2.5.4.10): libp2p */
const name = sequence(
  encodeDer(
    derTag.set,
    sequence(
      encodeDer(derTag.objectId, Buffer.from('55040a', 'hex')),
      encodeDer(derTag.utf8String, Buffer.from('libp2p')),
    ),
  ),
)
/** 1975 to 4096, so that it is valid whatever the clock of a machine says. */
const validity = sequence(
  encodeDer(derTag.utcTime, Buffer.from('750101000000Z')),
  encodeDer(derTag.generalizedTime, Buffer.from('40960101000000Z')),
)
const version3 = encodeDer(derTag.version, encodeDer(derTag.integer, Uint8Array.of(2)))
const serialBytes = 16

/** A new certificate, of a new key. */
export async function createCertificate(hostKey: PrivateKey): Promise<Credentials> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const extension = sequence(
    encodeDer(derTag.objectId, signedKeyId),
    encodeDer(derTag.octetString, await encodeSignedKey(hostKey, publicKey)),
  )
  const signed = sequence(
    version3,
    encodeDer(derTag.integer, serialOf(spki)),
    ecdsaWithSha256,
    name,
    validity,
    name,
    spki,
    encodeDer(derTag.extensions, sequence(extension)),
  )
  const signature = encodeDer(derTag.bitString, Uint8Array.of(0), sign('sha256', signed, privateKey))
  return {
    cert: new X509Certificate(sequence(signed, ecdsaWithSha256, signature)).toString(),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

/** Positive, and another one for each key. */
function serialOf(spki: Uint8Array): Uint8Array {
  const serial = createHash('sha256').update(spki).digest().subarray(0, serialBytes)
  serial[0] = 0x40 | (serial[0]! & 0x3f)
  return serial
}
