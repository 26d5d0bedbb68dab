import {
  type Clock,
  type Disk,
  openSegmentStore,
  type ShardStore,
  silentLogger,
  systemClock,
  systemRandom,
} from '@p2pstore/node'

/** A unit larger than any disk. */
export function openUnit(
  directory: string,
  parts: { readonly clock?: Clock; readonly disk?: Disk } = {},
): Promise<ShardStore> {
  const machine = { clock: systemClock, random: systemRandom, logger: silentLogger }
  return openSegmentStore({ directory, capacityBytes: 2 ** 40, ...machine, ...parts })
}
