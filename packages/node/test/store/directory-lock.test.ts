import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { lockDirectory } from '../../src/store/segment/directory-lock.ts'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'p2pstore-test-'))
})
afterEach(() => rm(directory, { recursive: true }))

test('a directory is locked once, whatever path leads to it, until it is unlocked', async () => {
  await mkdir(join(directory, 'unit'))
  await symlink(join(directory, 'unit'), join(directory, 'same'), 'junction')
  const lock = await lockDirectory(join(directory, 'unit'))
  await expect(lockDirectory(join(directory, 'same'))).rejects.toMatchObject({
    code: 'DIRECTORY_IN_USE',
    message: `${join(directory, 'same')} is in use by a running node; stop that one, or choose another directory`,
  })
  await lock.unlock()
  await lock.unlock()
  await (await lockDirectory(join(directory, 'same'))).unlock()
})

test('other directories are not concerned', async () => {
  await mkdir(join(directory, 'a'))
  await mkdir(join(directory, 'b'))
  const locks = [await lockDirectory(join(directory, 'a')), await lockDirectory(join(directory, 'b'))]
  expect(locks).toHaveLength(2)
  for (const lock of locks) await lock.unlock()
})

test('a new directory is not taken for one that was deleted while it was locked', async () => {
  const gone = join(directory, 'gone')
  await mkdir(gone)
  const lock = await lockDirectory(gone)
  await rm(gone, { recursive: true })
  for (let number = 0; number < 20; number++) {
    const path = join(directory, `${number}`)
    await mkdir(path)
    await (await lockDirectory(path)).unlock()
  }
  await lock.unlock()
})
