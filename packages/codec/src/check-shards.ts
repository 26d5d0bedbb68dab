import type { Combination } from './combination.ts'

/**
 * Whether the shards a combination names are there and fit together.
 * @throws TypeError, RangeError naming the shard
 */
export function checkCombination(
  { sources, targets }: Combination,
  shards: readonly (Uint8Array | undefined)[],
  alignmentBytes: number,
): void {
  let lengthBytes: number | undefined
  for (const numbers of [sources, targets]) {
    for (const number of numbers) {
      const shard = shards[number]
      if (!(shard instanceof Uint8Array)) throw new TypeError(`shard ${number} is not a Uint8Array`)
      lengthBytes ??= shard.length
      if (shard.length !== lengthBytes) {
        throw new RangeError(`shard ${number} has ${shard.length} bytes where others have ${lengthBytes}`)
      }
    }
  }
  if (lengthBytes !== undefined && lengthBytes % alignmentBytes !== 0) {
    throw new RangeError(`shards of ${lengthBytes} bytes, expected a multiple of ${alignmentBytes}`)
  }
}
