import { type Codec, CodecError } from '@p2pstore/codec'

/** Shards of a stripe that are not among these, by index. */
export function missingShards(totalShards: number, present: Iterable<number>): number[] {
  const have = new Set(present)
  return Array.from({ length: totalShards }, (_, index) => index).filter((index) => !have.has(index))
}

/** Whether these shards of a stripe give its data back. */
export function isDecodable(codec: Codec, present: Iterable<number>): boolean {
  const erased = missingShards(codec.totalShards, present)
  if (erased.length <= codec.tolerance) return true
  if (codec.totalShards - erased.length < codec.dataShards) return false
  try {
    codec.plan(erased, { wanted: erased.filter((index) => index < codec.dataShards) })
    return true
  } catch (failure) {
    if (failure instanceof CodecError) return false
    throw failure
  }
}
