import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { type ScrubState, scrubState } from '../scrub/state.ts'
import { createWhole } from '../store/segment/disk.ts'
import { openNodeDisk } from '../store/segment/node-disk.ts'

const fileName = 'scrub.json'
/** A thousand damaged shards of some 300 bytes each. */
const maximumFileBytes = 512 * 1024

const schema = v.strictObject({ version: v.literal(1), ...scrubState.entries })

/** Undefined when nothing useful is there: then a scrub begins anew. */
export async function readScrub(directory: string): Promise<ScrubState | undefined> {
  try {
    const text = await readFile(join(directory, fileName), 'utf8')
    if (text.length > maximumFileBytes) return undefined
    const { version: _version, ...state } = v.parse(schema, JSON.parse(text))
    return state
  } catch {
    return undefined
  }
}

/** Replaces the file in one step. */
export async function writeScrub(directory: string, state: ScrubState): Promise<void> {
  const bytes = Buffer.from(`${JSON.stringify({ version: 1, ...state })}\n`)
  const file = await createWhole(await openNodeDisk(directory), fileName, [bytes])
  await file.close()
}
