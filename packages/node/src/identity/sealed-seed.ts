/**
 * A seed that only a passphrase opens: AES-256-GCM under a key that scrypt (RFC 7914) makes of it.
 *
 *   cost (1): scrypt's N is 2^cost; r = 8, p = 1 ‖ salt (16) ‖ nonce (12) ‖ the seed, sealed (32 + 16)
 *
 * At the cost that is written, 2^17, one try takes 128 MiB and some tenths of a second.
 */
import { createCipheriv, createDecipheriv, scrypt } from 'node:crypto'
import type { Random } from '../ports/random.ts'
import { identitySeedBytes } from './identity.ts'
import { IdentityError } from './identity-error.ts'

const cost = 17
/** What a file may ask for: 2^20 takes 1 GiB. */
const maximumCost = 20
const saltBytes = 16
const nonceBytes = 12
const tagBytes = 16
const sealedAt = 1 + saltBytes + nonceBytes
/** Length of a sealed seed. */
export const sealedSeedBytes = sealedAt + identitySeedBytes + tagBytes
/** So that passphrases that look alike are alike. */
const normalForm = 'NFKC'

export async function sealSeed(seed: Uint8Array, passphrase: string, random: Random): Promise<Uint8Array> {
  const head = Buffer.concat([Buffer.of(cost), random.bytes(saltBytes), random.bytes(nonceBytes)])
  const cipher = createCipheriv('aes-256-gcm', await keyFrom(passphrase, head), head.subarray(1 + saltBytes))
  return Buffer.concat([head, cipher.setAAD(head).update(seed), cipher.final(), cipher.getAuthTag()])
}

/** @throws IdentityError PASSPHRASE_WRONG, IDENTITY_INVALID */
export async function openSeed(sealed: Uint8Array, passphrase: string): Promise<Uint8Array> {
  const head = Buffer.from(sealed.subarray(0, sealedAt))
  if (sealed.length !== sealedSeedBytes || head[0]! < 1 || head[0]! > maximumCost) {
    throw new IdentityError('IDENTITY_INVALID', 'the identity is sealed in a way that is not known here')
  }
  const cipher = createDecipheriv('aes-256-gcm', await keyFrom(passphrase, head), head.subarray(1 + saltBytes))
  cipher.setAAD(head).setAuthTag(sealed.subarray(-tagBytes))
  try {
    return Buffer.concat([cipher.update(sealed.subarray(sealedAt, -tagBytes)), cipher.final()])
  } catch (cause) {
    throw new IdentityError('PASSPHRASE_WRONG', 'the passphrase is not that of this key', { cause })
  }
}

function keyFrom(passphrase: string, head: Uint8Array): Promise<Buffer> {
  const salt = head.subarray(1, 1 + saltBytes)
  const limits = { N: 2 ** head[0]!, r: 8, p: 1, maxmem: 2 ** (head[0]! + 11) }
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize(normalForm), salt, 32, limits, (error, key) => (error ? reject(error) : resolve(key)))
  })
}
