import { readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { encodeCbor } from '../encoding/cbor.ts'
import { boundedBytes, decodeRecord } from '../encoding/record.ts'
import { itemKinds, type Roll, type RollItem } from '../membership/roll.ts'
import { HomeError } from './home-error.ts'

const rollFile = 'roll.cbor'
/** More than a full roll has. */
const maximumFileBytes = 32 << 20

const schema = v.strictObject({
  v: v.literal(1),
  items: v.array(v.strictObject({ kind: v.picklist(itemKinds), record: boundedBytes(8192) })),
})

/**
 * What was known of the network's members; nothing when there is no such file yet.
 * @throws HomeError HOME_INVALID: without it those who were revoked would come in again
 */
export async function readRoll(directory: string): Promise<readonly RollItem[]> {
  const path = join(directory, rollFile)
  const size = (await stat(path).catch(() => undefined))?.size
  if (size === undefined) return []
  const content = size <= maximumFileBytes ? decodeRecord(schema, await readFile(path)) : undefined
  if (content !== undefined) return content.items
  throw new HomeError('HOME_INVALID', `${path} is damaged: restore it, or copy that of another member`)
}

/** Adds to the file what this roll knows: another process of this home may have written to it since. */
export async function saveRoll(directory: string, roll: Roll, nowMs: number): Promise<void> {
  roll.merge(await readRoll(directory), nowMs)
  const path = join(directory, rollFile)
  const draft = `${path}.${process.pid}.draft`
  await writeFile(draft, encodeCbor({ v: 1, items: [...roll.items().values()] }), { mode: 0o600, flush: true })
  await rename(draft, path)
}
