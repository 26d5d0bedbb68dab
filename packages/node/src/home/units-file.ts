import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { createWhole } from '../store/segment/disk.ts'
import { openNodeDisk } from '../store/segment/node-disk.ts'
import { newEntry, type UnitEntry, unitEntries } from '../store/units/unit-entry.ts'
import { HomeError } from './home-error.ts'

const fileName = 'units.json'
/** 32 units with places of 1 KiB each, and room. */
const maximumFileBytes = 256 * 1024

const schema = v.strictObject({ version: v.literal(1), units: unitEntries })

/**
 * The units of a node.
 * @returns for a home that has none written down: the one that every home begins with
 * @throws HomeError HOME_INVALID
 */
export async function readUnits(directory: string): Promise<readonly UnitEntry[]> {
  const path = join(directory, fileName)
  const text = await readFile(path, 'utf8').catch((failure: NodeJS.ErrnoException) => {
    if (failure.code === 'ENOENT') return undefined
    throw failure
  })
  if (text === undefined) return [newEntry({ kind: 'directory', path: 'store' })]
  const result = text.length > maximumFileBytes ? undefined : v.safeParse(schema, parse(text))
  if (result?.success) return result.output.units
  throw new HomeError('HOME_INVALID', `${path} is damaged: restore it, or write it anew as docs/format.md says`)
}

/** Replaces the file, durably and in one step. */
export async function writeUnits(directory: string, units: readonly UnitEntry[]): Promise<void> {
  const text = `${JSON.stringify({ version: 1, units }, undefined, 2)}\n`
  const file = await createWhole(await openNodeDisk(directory), fileName, [Buffer.from(text)])
  await file.close()
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
