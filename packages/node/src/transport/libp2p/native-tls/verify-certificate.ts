/**
 * Which peer a certificate speaks for. TLS has shown that the other end holds the certificate's key; the certificate must
 * be the only one, signed by that key itself, valid now, and have the extension that names a peer, once. It may have other
 * extensions as long as they are not critical: of those we know none.
 *
 * Source: libp2p specifications, "TLS Handshake", "Peer Authentication".
 */
import type { X509Certificate } from 'node:crypto'
import { InvalidCryptoExchangeError, type PeerId, UnexpectedPeerError } from '@libp2p/interface'
import { peerIdFromPublicKey } from '@libp2p/peer-id'
import { asError } from '../../../as-error.ts'
import { type DerValue, decodeDer, derTag } from './der.ts'
import { signedKeyId, verifySignedKey } from './signed-key.ts'

interface Extension {
  readonly id: Uint8Array
  readonly isCritical: boolean
  readonly value: Uint8Array
}

/**
 * @param certificate undefined when the other end has shown none
 * @param expected the only peer that will do; default: any
 * @throws InvalidCryptoExchangeError when the certificate proves nothing
 * @throws UnexpectedPeerError when it speaks for another peer
 */
export async function verifyCertificate(
  certificate: X509Certificate | undefined,
  nowMs: number,
  expected?: PeerId,
): Promise<PeerId> {
  const peerId = await peerOf(certificate, nowMs).catch((error: unknown) => {
    throw new InvalidCryptoExchangeError(`the certificate is refused: ${asError(error).message}`)
  })
  if (expected !== undefined && !expected.equals(peerId)) {
    throw new UnexpectedPeerError(`the certificate is that of ${peerId}, not ${expected}`)
  }
  return peerId
}

async function peerOf(certificate: X509Certificate | undefined, nowMs: number): Promise<PeerId> {
  if (certificate === undefined) throw new Error('there is none')
  if (certificate.issuerCertificate !== undefined) throw new Error('there are several')
  if (!(Date.parse(certificate.validFrom) <= nowMs)) throw new Error('it is not valid yet')
  if (!(nowMs <= Date.parse(certificate.validTo))) throw new Error('it has expired')
  if (!certificate.verify(certificate.publicKey)) throw new Error('it is not signed by its own key')
  const isSignedKey = ({ id }: Extension): boolean => signedKeyId.equals(id)
  const extensions = extensionsOf(certificate.raw)
  if (extensions.some((extension) => extension.isCritical && !isSignedKey(extension))) {
    throw new Error('it has a critical extension that is not known here')
  }
  const [signedKey, ...others] = extensions.filter(isSignedKey)
  if (signedKey === undefined || others.length > 0) throw new Error('it must have the libp2p extension, once')
  return peerIdFromPublicKey(await verifySignedKey(signedKey.value, certificate.publicKey))
}

/** Certificate ::= SEQUENCE { SEQUENCE { …, [3] SEQUENCE OF Extension }, … } */
function extensionsOf(certificate: Uint8Array): Extension[] {
  const [whole] = decodeDer(certificate)
  const [signed] = decodeDer(contentOf(whole, derTag.sequence))
  const fields = decodeDer(contentOf(signed, derTag.sequence))
  const wrapped = fields.find(({ tag }) => tag === derTag.extensions)
  if (wrapped === undefined) return []
  const [list] = decodeDer(wrapped.content)
  return decodeDer(contentOf(list, derTag.sequence)).map(toExtension)
}

/** Extension ::= SEQUENCE { id, critical BOOLEAN DEFAULT FALSE, value OCTET STRING } */
function toExtension(encoded: DerValue): Extension {
  const [id, ...rest] = decodeDer(contentOf(encoded, derTag.sequence))
  const isCritical = rest[0]?.tag === derTag.boolean && rest[0].content[0] !== 0
  return {
    id: contentOf(id, derTag.objectId),
    isCritical,
    value: contentOf(rest.at(-1), derTag.octetString),
  }
}

function contentOf(value: DerValue | undefined, tag: number): Uint8Array {
  if (value?.tag !== tag) throw new RangeError('it is malformed')
  return value.content
}
