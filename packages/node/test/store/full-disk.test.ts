import { execFileSync } from 'node:child_process'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '../../src/clock/system-clock.ts'
import { systemRandom } from '../../src/random/system-random.ts'
import { openSegmentStore } from '../../src/store/segment/open.ts'
import { id, pattern, shard, summary } from '../contract/shard-store.ts'
import { CollectedLog } from './collected-log.ts'

/** A file system of 8 MiB of its own; undefined where the machine does not let us have one. */
async function smallFileSystem(): Promise<string | undefined> {
  const directory = await mkdtemp(join(tmpdir(), 'p2pstore-test-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', directory], { stdio: 'ignore' })
    return directory
  } catch {
    await rm(directory, { recursive: true })
    return undefined
  }
}

/** Writes a file until there is no room for one more block. */
async function takeAll(path: string): Promise<void> {
  const file = await open(path, 'w')
  const blocks = Buffer.alloc(4096)
  while (
    await file.write(blocks).then(
      ({ bytesWritten }) => bytesWritten > 0,
      () => false,
    )
  );
  await file.close()
}

const directory = await smallFileSystem()
/** Forty at a time need more than the end of a segment that is there already. */
const deletable = Array.from({ length: 40 }, (_, index) => index + 1)
const patience = { timeout: 30_000 }

test.skipIf(directory === undefined)(
  'a real file system that fills up (needs to be allowed to mount one): refused early, nothing lost, served again',
  async () => {
    const options = { clock: systemClock, random: systemRandom, logger: new CollectedLog() }
    const openUnit = () =>
      openSegmentStore({ ...options, directory: directory!, capacityBytes: 32 << 20, segmentBytes: 1 << 20 })
    try {
      let store = await openUnit()
      let stored = 0
      const fill = async (): Promise<unknown> => {
        for (;;) {
          const code = await store.put(shard(stored, 50_000)).then(
            () => undefined,
            (error) => error.code,
          )
          if (code !== undefined) return code
          stored++
        }
      }
      expect(await fill()).toBe('STORE_FULL')
      expect(stored).toBeGreaterThan(50)
      // Early: there is room for deletions. Then something else takes it, until the disk itself refuses.
      expect(await store.delete(id(0))).toBe(true)
      await takeAll(join(directory!, 'hog'))
      const codes = await Promise.all(deletable.map((number) => store.delete(id(number)).catch((error) => error.code)))
      expect(codes).toContain('STORE_FULL')
      await store.close()
      store = await openUnit()
      for (let number = deletable.length + 1; number < stored; number++) {
        expect(summary(await store.get(id(number)))).toBe(summary(pattern(number, 50_000)))
      }
      await rm(join(directory!, 'hog'))
      const again = () =>
        store.put(shard(stored, 50_000)).then(
          () => 'stored',
          (error) => error.code,
        )
      const remove = (number: number) =>
        expect.poll(() => store.delete(id(number)).catch(() => true), patience).toBe(false)
      for (const number of deletable) await remove(number)
      await expect.poll(again, patience).toBe('stored')
      await store.close()
    } finally {
      execFileSync('umount', ['-l', directory!])
      await rm(directory!, { recursive: true })
    }
  },
)
