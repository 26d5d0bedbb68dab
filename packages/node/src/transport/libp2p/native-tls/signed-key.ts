/**
 * The extension that makes a certificate speak for a peer. The key of a certificate is made for TLS alone; the extension
 * holds the peer's public key and, made with the private one, a signature of the certificate's key. Whoever proves to hold
 * the certificate's key, as TLS does, is then known to have been named by the peer.
 *
 * Source: libp2p specifications, "TLS Handshake", "libp2p Public Key Extension":
 * SignedKey ::= SEQUENCE { publicKey OCTET STRING, signature OCTET STRING }
 */
import type { KeyObject } from 'node:crypto'
import { publicKeyFromProtobuf, publicKeyToProtobuf } from '@libp2p/crypto/keys'
import type { PrivateKey, PublicKey } from '@libp2p/interface'
import { decodeDer, derTag, encodeDer } from './der.ts'

/** 1.3.6.1.4.1.53594.1.1 */
export const signedKeyId = Buffer.from('2b0601040183a25a0101', 'hex')
const signaturePrefix = Buffer.from('libp2p-tls-handshake:')

/** The extension's value for a certificate of this key. */
export async function encodeSignedKey(hostKey: PrivateKey, certificateKey: KeyObject): Promise<Uint8Array> {
  const signature = await hostKey.sign(signedBytes(certificateKey))
  return encodeDer(
    derTag.sequence,
    encodeDer(derTag.octetString, publicKeyToProtobuf(hostKey.publicKey)),
    encodeDer(derTag.octetString, signature),
  )
}

/**
 * The peer's key in the extension's value, if it has signed the certificate's.
 *
 * @throws Error when it has not, or when the value is malformed
 */
export async function verifySignedKey(value: Uint8Array, certificateKey: KeyObject): Promise<PublicKey> {
  const [signedKey, ...rest] = decodeDer(value)
  const [publicKey, signature, ...more] = signedKey?.tag === derTag.sequence ? decodeDer(signedKey.content) : []
  if (publicKey?.tag !== derTag.octetString || signature?.tag !== derTag.octetString || rest.length + more.length > 0) {
    throw new RangeError('the libp2p extension is malformed')
  }
  const hostKey = publicKeyFromProtobuf(publicKey.content)
  if (!(await hostKey.verify(signedBytes(certificateKey), signature.content))) {
    throw new Error("the peer has not signed the certificate's key")
  }
  return hostKey
}

function signedBytes(certificateKey: KeyObject): Uint8Array {
  return Buffer.concat([signaturePrefix, certificateKey.export({ type: 'spki', format: 'der' })])
}
