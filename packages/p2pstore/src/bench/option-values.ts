/** Values of the bench's options. All throw CommandError USAGE naming the option, or SCHEME_INVALID naming the scheme. */
import { formatScheme, parseScheme } from '@p2pstore/codec'
import { parseByteSize } from '../byte-size.ts'
import { CommandError } from '../command-error.ts'
import { parseDuration } from '../duration.ts'

export interface Limits {
  readonly least: number
  readonly most: number
}

/** The largest shard that is worth trying: several of them have to fit into 4 GiB. */
const mostShardBytes = 256 << 20

/** Schemes separated by commas, some of which have commas inside: `rs:4+2,grid:4+1,4+1` are two. */
export function schemesOf(text: string): string[] {
  const schemes = text.split(/,(?=\s*[a-z])/i).map((scheme) => formatScheme(parseScheme(scheme.trim())))
  return [...new Set(schemes)]
}

export function wholeNumberOf(option: string, text: string, { least, most }: Limits): number {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (number >= least && number <= most) return number
  throw wrong(option, `${JSON.stringify(text)} is not a whole number in ${least} … ${most}`)
}

/** A part of a whole, such as 0.9. */
export function shareOf(option: string, text: string, { least, most }: Limits): number {
  const share = /^(\d+\.?\d*|\.\d+)(e-\d+)?$/i.test(text) ? Number(text) : Number.NaN
  if (share >= least && share <= most) return share
  throw wrong(option, `${JSON.stringify(text)} is not a number in ${least} … ${most}`)
}

export function hoursOf(option: string, text: string): number {
  const durationMs = told(option, () => parseDuration(text))
  if (durationMs > 0) return durationMs / 3_600_000
  throw wrong(option, 'repair takes some time')
}

export function shardBytesOf(option: string, text: string): number {
  const bytes = told(option, () => parseByteSize(text))
  if (bytes >= 1 && bytes <= mostShardBytes) return bytes
  throw wrong(option, `${JSON.stringify(text)} is not a size in 1 B … ${mostShardBytes >> 20} MiB`)
}

/** Different values separated by commas. */
export function listOf<T>(option: string, text: string, read: (option: string, item: string) => T): T[] {
  const items = text.split(',').map((item) => item.trim())
  return [...new Set(items.map((item) => read(option, item)))]
}

export function choiceOf<T extends string>(option: string, text: string, allowed: readonly T[]): T {
  const chosen = allowed.find((candidate) => candidate === text)
  if (chosen !== undefined) return chosen
  throw wrong(option, `${JSON.stringify(text)} is not one of ${allowed.join(', ')}`)
}

function told<T>(option: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw wrong(option, (cause as Error).message)
  }
}

function wrong(option: string, reason: string): CommandError {
  return new CommandError('USAGE', `${option}: ${reason}`)
}
