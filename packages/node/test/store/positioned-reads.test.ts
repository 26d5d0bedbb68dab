import { type FileHandle, mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { PositionedReads } from '../../src/store/segment/positioned-reads.ts'

const readBytes = 64 << 10
const readCount = 200
let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'p2pstore-reads-'))
})

afterEach(() => rm(directory, { recursive: true, force: true }))

/** The bytes of read number n are all n. */
async function fileOfReads(): Promise<FileHandle> {
  const path = join(directory, 'bytes')
  await writeFile(
    path,
    new Uint8Array(readCount * readBytes).map((_, index) => Math.floor(index / readBytes)),
  )
  return open(path, 'r')
}

test('what is closed while many reads are under way brings them all their own bytes, and is closed then', async () => {
  const handle = await fileOfReads()
  const reads = new PositionedReads(handle)
  const descriptor = handle.fd
  let underway = 0
  const read = async (number: number): Promise<void> => {
    const into = Buffer.alloc(readBytes)
    underway += 1
    expect(await reads.read(into, number * readBytes)).toBe(readBytes)
    underway -= 1
    expect(into.equals(Buffer.alloc(readBytes, number))).toBe(true)
    if (underway > 0) expect(handle.fd).toBe(descriptor)
  }
  const early = Promise.all(Array.from({ length: readCount }, (_, number) => read(number)))
  const closing = reads.close()
  expect(handle.fd).toBe(descriptor)
  await expect(reads.read(Buffer.alloc(readBytes), 0)).rejects.toThrow('the file is closed')
  await early
  await closing
  expect(handle.fd).toBe(-1)
  await reads.close()
})

test('a read that the system refuses says so, and does not keep the file open', async () => {
  const handle = await open(join(directory, 'written'), 'w')
  const reads = new PositionedReads(handle)
  const refused = reads.read(new Uint8Array(readBytes), 0)
  const closing = reads.close()
  await expect(refused).rejects.toMatchObject({ code: 'EBADF' })
  await closing
  expect(handle.fd).toBe(-1)
})
