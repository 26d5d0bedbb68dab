/** The least that could be called the same, done with the file system alone. */
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Slabs } from '@p2pstore/node'
import { type CrowdResult, crowd } from '../crowd.ts'

/** What all writers have in hand, 8 MiB at the most: with less would be synced more often. */
function groupOf(body: Uint8Array, writers: number): Uint8Array[] {
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

/** The same bytes appended to one file, in groups as large as there could be, with a sync after each. */
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

/** One append of a body and one sync, `count` times: milliseconds of each. */
export async function syncTimes(directory: string, body: Uint8Array, count: number): Promise<number[]> {
  const times: number[] = []
  const file = await open(join(directory, 'synced'), 'w')
  for (let number = 0; number < count; number++) {
    const startMs = performance.now()
    await file.write(body)
    await file.datasync()
    times.push(performance.now() - startMs)
  }
  await file.close()
  return times
}

/** Positioned reads of a file that holds shards one after the other, into new memory each, or into that of `slabs`; `check` is done to each. */
export async function rawReads(
  file: FileHandle,
  bodyBytes: number,
  order: readonly number[],
  readers: number,
  { slabs, check }: { slabs?: Slabs; check?: (bytes: Uint8Array) => unknown } = {},
): Promise<number> {
  const { seconds } = await crowd(order.length, readers, async (turn) => {
    const memory = slabs?.take(bodyBytes) ?? Buffer.allocUnsafeSlow(bodyBytes)
    await file.read(memory, 0, bodyBytes, order[turn]! * bodyBytes)
    check?.(memory)
    slabs?.handOut(memory, 0)
  })
  return seconds
}
