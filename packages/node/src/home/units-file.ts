import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { runIdBytes } from '../ports/shard-store.ts'
import { maximumDiscardedRuns } from '../store/discarded-runs.ts'
import { createWhole } from '../store/segment/disk.ts'
import { openNodeDisk } from '../store/segment/node-disk.ts'
import { newEntry, type RememberedUnits, unitEntries } from '../store/units/unit-entry.ts'
import { HomeError } from './home-error.ts'

const fileName = 'units.json'
/** 32 units with places of 1 KiB each, 22 B for each of the runs, and room. */
const maximumFileBytes = 512 * 1024

/** In base64, one after the other. */
const runIds = v.pipe(
  v.string(),
  v.base64(),
  v.transform((text) => Buffer.from(text, 'base64')),
  v.check((bytes) => bytes.length % runIdBytes === 0 && bytes.length <= maximumDiscardedRuns * runIdBytes),
)

const schema = v.strictObject({
  version: v.literal(1),
  units: unitEntries,
  discardedRuns: v.optional(runIds),
  draining: v.optional(v.literal(true)),
})

/**
 * The units of a node.
 * @returns for a home that has none written down: the one that every home begins with
 * @throws HomeError HOME_INVALID
 */
export async function readUnits(directory: string): Promise<RememberedUnits> {
  const path = join(directory, fileName)
  const text = await readFile(path, 'utf8').catch((failure: NodeJS.ErrnoException) => {
    if (failure.code === 'ENOENT') return undefined
    throw failure
  })
  if (text === undefined) {
    return { units: [newEntry({ kind: 'directory', path: 'store' })], discardedRuns: [], isDraining: false }
  }
  const result = text.length > maximumFileBytes ? undefined : v.safeParse(schema, parse(text))
  if (result?.success) {
    const { units, discardedRuns = Buffer.alloc(0), draining: isDraining = false } = result.output
    return { units, discardedRuns: cut(discardedRuns), isDraining }
  }
  throw new HomeError('HOME_INVALID', `${path} is damaged: restore it, or write it anew as docs/format.md says`)
}

/** Replaces the file, durably and in one step. */
export async function writeUnits(directory: string, remembered: RememberedUnits): Promise<void> {
  const { units, discardedRuns, isDraining } = remembered
  const runs = discardedRuns.length > 0 ? { discardedRuns: Buffer.concat(discardedRuns).toString('base64') } : {}
  const text = `${JSON.stringify({ version: 1, units, ...runs, ...(isDraining && { draining: true }) }, undefined, 2)}\n`
  const file = await createWhole(await openNodeDisk(directory), fileName, [Buffer.from(text)])
  await file.close()
}

function cut(runs: Buffer): Uint8Array[] {
  return Array.from({ length: runs.length / runIdBytes }, (_, run) =>
    Uint8Array.from(runs.subarray(run * runIdBytes, (run + 1) * runIdBytes)),
  )
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
