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
  let lengthBytes = checkLengths(sources, shards, undefined)
  lengthBytes = checkLengths(targets, shards, lengthBytes)
  if (lengthBytes !== undefined && lengthBytes % alignmentBytes !== 0) {
    throw new RangeError(`shards of ${lengthBytes} bytes, expected a multiple of ${alignmentBytes}`)
  }
}

/** @returns the one length that they have; `expectedBytes` when there are none */
function checkLengths(
  numbers: readonly number[],
  shards: readonly (Uint8Array | undefined)[],
  expectedBytes: number | undefined,
): number | undefined {
  let lengthBytes = expectedBytes
  for (const number of numbers) {
    const shard = shards[number]
    if (!(shard instanceof Uint8Array)) throw new TypeError(`shard ${number} is not a Uint8Array`)
    lengthBytes ??= shard.length
    if (shard.length !== lengthBytes) {
      throw new RangeError(`shard ${number} has ${shard.length} bytes where others have ${lengthBytes}`)
    }
  }
  return lengthBytes
}

/**
 * Numbers of the shards that are not there.
 * @throws TypeError for what is neither undefined nor a shard
 */
export function missingAmong(shards: readonly (Uint8Array | undefined)[]): number[] {
  const numbers = [...shards.keys()]
  for (const number of numbers) {
    const shard = shards[number]
    if (shard !== undefined && !(shard instanceof Uint8Array))
      throw new TypeError(`shard ${number} is not a Uint8Array`)
  }
  return numbers.filter((number) => shards[number] === undefined)
}
