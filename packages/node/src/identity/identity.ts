/**
 * Who a peer is: an Ed25519 key. Its peer id is the public key itself, written the way libp2p writes it, so anyone who
 * knows a peer's id can check what that peer has signed, without asking it.
 *
 * Source: libp2p "Peer Ids and Keys": base58btc of the identity multihash (code 0, 36 bytes) of the protobuf public key
 * (type 1, Ed25519; 32 bytes). Done here with node:crypto alone, because commands that never open a connection should not
 * load a network stack.
 */
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { base58btc } from 'multiformats/bases/base58'

/** Bytes of the secret an identity is made from. */
export const identitySeedBytes = 32
const publicKeyBytes = 32
const peerIdTextLimit = 64
/** identity multihash, 36 bytes | protobuf: field 1 = Ed25519, field 2 = 32 bytes. */
const peerIdPrefix = Buffer.from('002408011220', 'hex')
/** DER before the seed in a PKCS #8 private key, and before the key in an SPKI public key (RFC 8410). */
const privateKeyPrefix = Buffer.from('302e020100300506032b657004220420', 'hex')
const publicKeyPrefix = Buffer.from('302a300506032b6570032100', 'hex')

export class Identity {
  /** Text form of the libp2p peer id. */
  readonly peerId: string
  readonly #seed: Uint8Array
  readonly #key: KeyObject

  /** @param seed 32 bytes, secret */
  constructor(seed: Uint8Array) {
    if (seed.length !== identitySeedBytes) {
      throw new RangeError(`an identity's seed is ${identitySeedBytes} bytes, not ${seed.length}`)
    }
    this.#seed = seed.slice()
    const der = Buffer.concat([privateKeyPrefix, seed])
    this.#key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
    const publicKey = createPublicKey(this.#key).export({ format: 'der', type: 'spki' }).subarray(-publicKeyBytes)
    this.peerId = base58btc.baseEncode(Buffer.concat([peerIdPrefix, publicKey]))
  }

  /** An Ed25519 signature, 64 bytes. */
  sign(bytes: Uint8Array): Uint8Array {
    return new Uint8Array(sign(null, bytes, this.#key))
  }

  /** The secret itself, to be stored or handed to a transport. */
  revealSeed(): Uint8Array {
    return this.#seed.slice()
  }
}

/** @param seed 32 bytes, secret */
export function createIdentity(seed: Uint8Array): Identity {
  return new Identity(seed)
}

/** Whether the holder of `peerId` signed these bytes. False as well when the id or the signature is malformed. */
export function verifySignature(peerId: string, bytes: Uint8Array, signature: Uint8Array): boolean {
  const key = importedKeyOf(peerId)
  return key !== undefined && verify(null, bytes, key, signature)
}

/** Making a key usable takes as long as checking a signature with it, and the same peers sign again and again. */
const importedKeys = new Map<string, KeyObject>()
const importedKeyLimit = 4096

function importedKeyOf(peerId: string): KeyObject | undefined {
  const known = importedKeys.get(peerId)
  if (known !== undefined) return known
  const publicKey = publicKeyOf(peerId)
  if (publicKey === undefined) return undefined
  const key = createPublicKey({ key: Buffer.concat([publicKeyPrefix, publicKey]), format: 'der', type: 'spki' })
  const [oldest] = importedKeys.keys()
  if (importedKeys.size >= importedKeyLimit && oldest !== undefined) importedKeys.delete(oldest)
  importedKeys.set(peerId, key)
  return key
}

/** The 32-byte Ed25519 key that a peer id stands for; undefined when it is no such peer id. */
export function publicKeyOf(peerId: string): Uint8Array | undefined {
  if (peerId.length > peerIdTextLimit) return undefined
  let bytes: Uint8Array
  try {
    bytes = base58btc.baseDecode(peerId)
  } catch {
    return undefined
  }
  const isEd25519 =
    bytes.length === peerIdPrefix.length + publicKeyBytes && peerIdPrefix.equals(bytes.subarray(0, peerIdPrefix.length))
  return isEd25519 ? bytes.subarray(peerIdPrefix.length) : undefined
}
