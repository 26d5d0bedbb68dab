import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createIdentity, publicKeyOf, verifySignature } from '../../src/identity/identity.ts'
import { loadIdentity, saveIdentity } from '../../src/identity/identity-file.ts'

const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 })

describe('identity', () => {
  it('has the peer id, the public key and the signatures that libp2p gives it', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, fc.uint8Array(), async (seed, bytes) => {
        const identity = createIdentity(seed)
        const key = await generateKeyPairFromSeed('Ed25519', seed)
        expect(identity.peerId).toBe(String(peerIdFromPrivateKey(key)))
        expect(Buffer.from(publicKeyOf(identity.peerId)!)).toEqual(Buffer.from(key.publicKey.raw))
        expect(Buffer.from(identity.sign(bytes))).toEqual(Buffer.from(await key.sign(bytes)))
      }),
      { numRuns: 20 },
    )
  })

  it('signs what anyone who knows the peer id can check', () => {
    const [identity, other] = [createIdentity(new Uint8Array(32).fill(1)), createIdentity(new Uint8Array(32).fill(2))]
    const bytes = Buffer.from('what was said')
    const signature = identity.sign(bytes)
    expect(signature).toHaveLength(64)
    expect(verifySignature(identity.peerId, bytes, signature)).toBe(true)
    expect(verifySignature(other.peerId, bytes, signature)).toBe(false)
    expect(verifySignature(identity.peerId, Buffer.from('what was not'), signature)).toBe(false)
    for (let index = 0; index < 64; index += 9) {
      const altered = signature.slice()
      altered[index]! ^= 1
      expect(verifySignature(identity.peerId, bytes, altered)).toBe(false)
    }
  })

  it('believes no malformed peer id or signature', () => {
    const { peerId } = createIdentity(new Uint8Array(32))
    const rsa = 'QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N'
    for (const id of ['', 'x', peerId.slice(1), `${peerId}1`, '0OIl', rsa, 'z'.repeat(10_000)]) {
      expect(publicKeyOf(id)).toBeUndefined()
      expect(verifySignature(id, new Uint8Array(1), new Uint8Array(64))).toBe(false)
    }
    for (const length of [0, 63, 65])
      expect(verifySignature(peerId, new Uint8Array(1), new Uint8Array(length))).toBe(false)
  })

  it('takes a seed of 32 bytes only, and does not show it', () => {
    expect(() => createIdentity(new Uint8Array(31))).toThrow(RangeError)
    const seed = new Uint8Array(32).fill(0xab)
    const identity = createIdentity(seed)
    expect(JSON.stringify(identity)).not.toContain('171')
    expect(identity.revealSeed()).toEqual(seed)
  })
})

describe('identity file', () => {
  const folderOf = async (): Promise<string> => {
    const folder = await mkdtemp(join(tmpdir(), 'p2pstore-identity-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    return folder
  }
  const identity = createIdentity(new Uint8Array(32).fill(5))

  it('gives back the identity, and is for its owner alone', async () => {
    const folder = await folderOf()
    const path = join(folder, 'identity')
    await saveIdentity(path, identity)
    expect((await loadIdentity(path)).peerId).toBe(identity.peerId)
    expect(await readdir(folder)).toEqual(['identity'])
    if (process.platform !== 'win32') expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it('is never overwritten', async () => {
    const folder = await folderOf()
    const path = join(folder, 'identity')
    await saveIdentity(path, identity)
    const other = createIdentity(new Uint8Array(32).fill(6))
    await expect(saveIdentity(path, other)).rejects.toMatchObject({ code: 'IDENTITY_EXISTS' })
    expect((await loadIdentity(path)).peerId).toBe(identity.peerId)
    expect(await readdir(folder)).toEqual(['identity'])
  })

  it.runIf(process.platform !== 'win32')('is refused when others may read it', async () => {
    const path = join(await folderOf(), 'identity')
    await saveIdentity(path, identity)
    for (const mode of [0o640, 0o604, 0o660]) {
      await chmod(path, mode)
      await expect(loadIdentity(path)).rejects.toMatchObject({ code: 'IDENTITY_EXPOSED' })
    }
  })

  it('is refused when it is missing, cut short, altered or something else', async () => {
    const path = join(await folderOf(), 'identity')
    await expect(loadIdentity(path)).rejects.toMatchObject({ code: 'IDENTITY_MISSING' })
    const whole = `p2pstore-identity-1 ${Buffer.alloc(32, 5).toString('base64url')}`
    for (const text of [
      '',
      whole.slice(0, -1),
      `${whole}A`,
      whole.replace('-1', '-2'),
      whole.replace('-1', '-3'),
      'x'.repeat(5000),
    ]) {
      await writeFile(path, text, { mode: 0o600 })
      await expect(loadIdentity(path)).rejects.toMatchObject({ code: 'IDENTITY_INVALID' })
    }
  })
})
