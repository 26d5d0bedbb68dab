/**
 * Certificates for tests: those of the libp2p specification, and ones made by another implementation of X.509 than ours,
 * right or wrong as asked for.
 */
import 'reflect-metadata'
import { webcrypto, X509Certificate } from 'node:crypto'
import { publicKeyToProtobuf } from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'
import { Extension, X509CertificateGenerator } from '@peculiar/x509'
import type { Credentials } from '../../src/transport/libp2p/native-tls/certificate.ts'
import { derTag, encodeDer } from '../../src/transport/libp2p/native-tls/der.ts'

const signedKeyId = '1.3.6.1.4.1.53594.1.1'
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

export interface Forgery {
  /** Whose key stands in the extension. */
  readonly peer: PrivateKey
  /** Who signs; default: `peer`. */
  readonly signer?: PrivateKey
  /** Default: 'libp2p-tls-handshake:'. */
  readonly prefix?: string
  readonly notBefore?: Date
  readonly notAfter?: Date
  /** The certificate's extensions, given the right one; default: that one. */
  readonly extensions?: (signedKey: Extension) => Extension[]
}

export async function forge(forgery: Forgery): Promise<Credentials> {
  const { peer, signer = peer, prefix = 'libp2p-tls-handshake:', extensions = (right) => [right] } = forgery
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair
  const spki = Buffer.from(await webcrypto.subtle.exportKey('spki', keys.publicKey))
  const signature = await signer.sign(Buffer.concat([Buffer.from(prefix), spki]))
  const { notBefore = new Date('2020-01-01'), notAfter = new Date('2090-01-01') } = forgery
  const right = new Extension(signedKeyId, true, signedKey(publicKeyToProtobuf(peer.publicKey), signature))
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: '01',
      name: 'CN=forged',
      notBefore,
      notAfter,
      keys: keys as never,
      signingAlgorithm: algorithm,
      extensions: extensions(right),
    },
    webcrypto as never,
  )
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
  return {
    cert: new X509Certificate(Buffer.from(certificate.rawData)).toString(),
    key: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n`,
  }
}

export function signedKeyExtension(value: Uint8Array): Extension {
  return new Extension(signedKeyId, false, value as Uint8Array<ArrayBuffer>)
}

function signedKey(publicKey: Uint8Array, signature: Uint8Array): Uint8Array<ArrayBuffer> {
  const octets = (bytes: Uint8Array): Uint8Array => encodeDer(derTag.octetString, bytes)
  return new Uint8Array(encodeDer(derTag.sequence, octets(publicKey), octets(signature)))
}

/**
 * Test vectors of the libp2p specification, "TLS Handshake"; DER in hexadecimal. Not the one with an ECDSA key, which
 * @libp2p/crypto can't read as it is specified.
 */
export const specified: readonly { keyType: string; peerId: string; der: string }[] = [
  {
    keyType: 'Ed25519',
    peerId: '12D3KooWM6CgA9iBFZmcYAHA6A2qvbAxqfkmrYiRQuz3XEsk4Ksv',
    der: [
      '308201ae30820156a0030201020204499602d2300a06082a8648ce3d040302302031123010060355040a13096c69627032702e696f310a',
      '300806035504051301313020170d3735303130313133303030305a180f34303936303130313133303030305a302031123010060355040a',
      '13096c69627032702e696f310a300806035504051301313059301306072a8648ce3d020106082a8648ce3d030107034200040c901d423c',
      '831ca85e27c73c263ba132721bb9d7a84c4f0380b2a6756fd601331c8870234dec878504c174144fa4b14b66a651691606d8173e55bd37',
      'e381569ea37c307a3078060a2b0601040183a25a0101046a3068042408011220a77f1d92fedb59dddaea5a1c4abd1ac2fbde7d7b879ed3',
      '64501809923d7c11b90440d90d2769db992d5e6195dbb08e706b6651e024fda6cfb8846694a435519941cac215a8207792e42849cccc6c',
      'd8136c6e4bde92a58c5e08cfd4206eb5fe0bf909300a06082a8648ce3d0403020346003043021f50f6b6c52711a881778718238f650c9f',
      'b48943ae6ee6d28427dc6071ae55e702203625f116a7a454db9c56986c82a25682f7248ea1cb764d322ea983ed36a31b77',
    ].join(''),
  },
  {
    keyType: 'secp256k1',
    peerId: '16Uiu2HAkutTMoTzDw1tCvSRtu6YoixJwS46S1ZFxW8hSx9fWHiPs',
    der: [
      '308201ba3082015fa0030201020204499602d2300a06082a8648ce3d040302302031123010060355040a13096c69627032702e696f310a',
      '300806035504051301313020170d3735303130313133303030305a180f34303936303130313133303030305a302031123010060355040a',
      '13096c69627032702e696f310a300806035504051301313059301306072a8648ce3d020106082a8648ce3d030107034200040c901d423c',
      '831ca85e27c73c263ba132721bb9d7a84c4f0380b2a6756fd601331c8870234dec878504c174144fa4b14b66a651691606d8173e55bd37',
      'e381569ea38184308181307f060a2b0601040183a25a01010471306f0425080212210206dc6968726765b820f050263ececf7f71e49558',
      '92776c0970542efd689d2382044630440220145e15a991961f0d08cd15425bb95ec93f6ffa03c5a385eedc34ecf464c7a8ab022026b310',
      '9b8a3f40ef833169777eb2aa337cfb6282f188de0666d1bcec2a4690dd300a06082a8648ce3d0403020349003046022100e1a217eeef9e',
      'c9204b3f774a08b70849646b6a1e6b8b27f93dc00ed58545d9fe022100b00dafa549d0f03547878338c7b15e7502888f6d45db387e5ae6',
      'b5d46899cef0',
    ].join(''),
  },
]
