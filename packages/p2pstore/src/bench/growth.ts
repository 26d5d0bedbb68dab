import { CodecError, codeOf, createChanger, formatScheme, parseScheme, type Scheme } from '@p2pstore/codec'

/** One step of growth, in shards of one stripe. */
export interface Growth {
  readonly to: string
  /** New data shards; what is in them has to be sent anyway. */
  readonly joins: number
  /** Old shards to read. */
  readonly reads: number
  /** Parity shards to write. */
  readonly writes: number
}

/**
 * The cheapest way to grow a scheme by one: a data shard, where there is such a thing, else a copy, a layer of a grid, or a
 * group. Cheapest by shards read and written per shard that joins.
 * @returns undefined when the scheme is as large as can be
 */
export async function smallestGrowth(scheme: Scheme): Promise<Growth | undefined> {
  const growths = await Promise.all(
    largerSchemes(scheme)
      .filter(isScheme)
      .map((larger) => growth(scheme, larger)),
  )
  return growths.sort((a, b) => costPerMember(a) - costPerMember(b))[0]
}

/** The next larger schemes, not all of which need exist. */
function largerSchemes(scheme: Scheme): Scheme[] {
  switch (scheme.kind) {
    case 'mirror':
      return [{ ...scheme, copies: scheme.copies + 1 }]
    case 'xor':
    case 'rs':
      return [{ ...scheme, dataShards: scheme.dataShards + 1 }]
    case 'local': {
      const { dataShards, groups } = scheme
      const wider = { ...scheme, dataShards: dataShards + groups }
      return [wider, { ...scheme, dataShards: dataShards + dataShards / groups, groups: groups + 1 }]
    }
    default:
      return scheme.sides.map((side, dimension) => ({
        ...scheme,
        sides: scheme.sides.with(dimension, { ...side, data: side.data + 1 }),
      }))
  }
}

function isScheme(scheme: Scheme): boolean {
  try {
    parseScheme(formatScheme(scheme))
    return true
  } catch (failure) {
    if (failure instanceof CodecError) return false
    throw failure
  }
}

/** Shards that equal stored ones stay where they are; of those that are more than were stored, copies are made. */
async function growth(from: Scheme, to: Scheme): Promise<Growth> {
  const { joins, kept, reads, writes } = await createChanger(from, to, { engine: 'reference' })
  const copies = Math.max(0, kept.filter((origin) => origin !== undefined).length - codeOf(from).totalShards)
  return {
    to: formatScheme(to),
    joins: joins.length,
    reads: reads.length + Math.min(copies, 1),
    writes: writes.length + copies,
  }
}

function costPerMember({ joins, reads, writes }: Growth): number {
  return (reads + writes) / Math.max(joins, 1)
}
