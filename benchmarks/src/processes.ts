import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Child } from './child.ts'

/** A directory and processes for a job; all are gone when it is done. */
export async function withProcesses<T>(job: (directory: string, children: Child[]) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'p2pstore-bench-'))
  const children: Child[] = []
  try {
    return await job(directory, children)
  } finally {
    await Promise.all(children.map((child) => child.end()))
    await rm(directory, { recursive: true, force: true })
  }
}
