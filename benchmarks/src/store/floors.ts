/** The least that could be called the same, done with the file system alone. */
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { type CrowdResult, crowd } from '../crowd.ts'

/** What the store may gather for one sync; see its option `groupBytes`. */
const groupBytes = 8 << 20

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

/** The same bytes appended to one file, as many at a time as the writers have in hand, with a sync after each time. */
export async function plainAppend(
  directory: string,
  body: Uint8Array,
  count: number,
  writers: number,
): Promise<number> {
  const file = await open(join(directory, 'appended'), 'w')
  const atOnce = Math.max(1, Math.min(writers, Math.floor(groupBytes / body.length)))
  const startMs = performance.now()
  for (let done = 0; done < count; done += atOnce) {
    const pieces = Array.from({ length: Math.min(atOnce, count - done) }, () => body)
    await file.writev(pieces, done * body.length)
    await file.datasync()
  }
  const seconds = (performance.now() - startMs) / 1000
  await file.close()
  return seconds
}

/** One write of the body and one sync, in milliseconds, `count` times. */
export async function syncTimes(directory: string, body: Uint8Array, count: number): Promise<number[]> {
  const file = await open(join(directory, 'synced'), 'w')
  const times: number[] = []
  for (let number = 0; number < count; number++) {
    const startMs = performance.now()
    await file.write(body, 0, body.length, number * body.length)
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
