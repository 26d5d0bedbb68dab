import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createIdentity } from '../../src/identity/identity.ts'
import { isProtected, loadIdentity, protectIdentity, saveIdentity } from '../../src/identity/identity-file.ts'
import { openSeed, sealSeed } from '../../src/identity/sealed-seed.ts'
import { seededRandom } from '../../src/random/seeded-random.ts'

const seed = new Uint8Array(32).fill(5)
const passphrase = 'correct horse Å'
const give = (text: string | undefined) => async () => text

test('a sealed seed has these bytes, and its passphrase opens it however it is typed', async () => {
  const sealed = await sealSeed(seed, passphrase, seededRandom(1))
  expect(Buffer.from(sealed).toString('hex')).toMatchInlineSnapshot(
    `"11c528794d78537bee8cd73bad1e97693e78c6be6e9a724be6ed30b6f7def39eef48464e4d66933d7e6da75d13d6c27633b543caac0362ce3011cf7c49a861ad0aaa8ff77d42980be593f68ce3"`,
  )
  expect(new Uint8Array(await openSeed(sealed, 'correct horse A\u030a'))).toEqual(seed)
  await expect(openSeed(sealed, 'correct horse A')).rejects.toMatchObject({ code: 'PASSPHRASE_WRONG' })
  for (const at of [0, 1, 20, 40, 76]) {
    const altered = Uint8Array.from(sealed)
    altered[at]! ^= 0x18
    await expect(openSeed(altered, passphrase)).rejects.toMatchObject({
      code: expect.stringMatching(/PASSPHRASE_WRONG|IDENTITY_INVALID/),
    })
  }
  await expect(openSeed(sealed.subarray(1), passphrase)).rejects.toMatchObject({ code: 'IDENTITY_INVALID' })
})

test('a file can be put under a passphrase and taken off it, and says when it needs one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'p2pstore-identity-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, 'identity')
  const identity = createIdentity(seed)
  await saveIdentity(path, identity)
  await protectIdentity(path, give(undefined), { passphrase, random: seededRandom(1) })
  expect(await isProtected(path)).toBe(true)
  expect(await readFile(path, 'utf8')).toMatch(/^p2pstore-identity-2 [\w-]{103}\n$/)
  await expect(loadIdentity(path)).rejects.toMatchObject({ code: 'PASSPHRASE_MISSING' })
  await expect(loadIdentity(path, give('guess'))).rejects.toMatchObject({ code: 'PASSPHRASE_WRONG' })
  expect((await loadIdentity(path, give(passphrase))).peerId).toBe(identity.peerId)
  await protectIdentity(path, give(passphrase))
  expect((await loadIdentity(path)).peerId).toBe(identity.peerId)
  const text = await readFile(path, 'utf8')
  await writeFile(path, text.replace('-1 ', '-2 '))
  await expect(loadIdentity(path, give(passphrase))).rejects.toMatchObject({ code: 'IDENTITY_INVALID' })
})
