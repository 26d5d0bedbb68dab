/**
 * When a put counts as done. Every stripe must have at least this many shards acknowledged:
 *
 *   any     n − t         it can be read, whichever shards are missing; any further loss may be a loss of data
 *   quorum  n − ⌊t / 2⌋   half of the scheme's tolerance is there
 *   all     n             the default
 *
 * (n shards in the stripe, of which any t may be lost: k + m and m for Reed–Solomon)
 * and each acknowledgement means `durable` (after fdatasync, the default) or `memory` (accepted, readable, lost in a crash).
 */
export type AcknowledgementLevel = 'any' | 'quorum' | 'all'
export type Durability = 'durable' | 'memory'

export const acknowledgementLevels: readonly AcknowledgementLevel[] = ['any', 'quorum', 'all']
export const durabilities: readonly Durability[] = ['durable', 'memory']

export function requiredShards(level: AcknowledgementLevel, totalShards: number, tolerance: number): number {
  return totalShards - { any: tolerance, quorum: Math.floor(tolerance / 2), all: 0 }[level]
}
