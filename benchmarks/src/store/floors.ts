/** The least that could be called the same, done with the file system alone. */
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { type CrowdResult, crowd } from '../crowd.ts'

/** What the store gathers for one sync when so many writers wait for it: what they all have in hand, 8 MiB at the most. */
export function groupOf(body: Uint8Array, writers: number): Uint8Array[] {
  const count = Math.max(1, Math.min(writers, Math.floor((8 << 20) / body.length)))
  return Array.from({ length: count }, () => body)
}

/** Each shard in a file of its own, made durable before its writer goes on. */
export function filePerShard(
  directory: string,
  body: Uint8Array,
  count: number,
  writers: number,
): Promise<CrowdResult> {
  return crowd(count, writers, async (number) => {
    const file = await open(join(directory, `shard-${number}`), 'wx')
    await file.write(body)
    await file.datasync()
    await file.close()
  })
}

/** The same bytes appended to one file, in groups as the store makes them, with a sync after each. */
export async function plainAppend(
  directory: string,
  body: Uint8Array,
  count: number,
  writers: number,
): Promise<number> {
  const file = await open(join(directory, 'appended'), 'w')
  const group = groupOf(body, writers)
  const startMs = performance.now()
  for (let done = 0; done < count; done += group.length) {
    await file.writev(group.slice(0, count - done), done * body.length)
    await file.datasync()
  }
  const seconds = (performance.now() - startMs) / 1000
  await file.close()
  return seconds
}

/** One append of all pieces and one sync, `count` times: milliseconds of each. */
export async function syncTimes(directory: string, pieces: readonly Uint8Array[], count: number): Promise<number[]> {
  const file = await open(join(directory, 'synced'), 'w')
  const times: number[] = []
  for (let number = 0; number < count; number++) {
    const startMs = performance.now()
    await file.writev(pieces)
    await file.datasync()
    times.push(performance.now() - startMs)
  }
  await file.close()
  return times
}

/** Positioned reads of a file that holds shards one after the other, into memory of the reader's own. */
export async function rawReads(
  file: FileHandle,
  bodyBytes: number,
  order: readonly number[],
  readers: number,
): Promise<number> {
  const { seconds } = await crowd(order.length, readers, (turn) =>
    file.read(Buffer.allocUnsafeSlow(bodyBytes), 0, bodyBytes, (order[turn] as number) * bodyBytes),
  )
  return seconds
}
