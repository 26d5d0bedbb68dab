/**
 * What kind of run a seed makes. Every seed leaves out some kinds of faults, schemes and levels: what is rare when everything
 * happens at once is common when little else does (swarm testing; Groce et al., ISSTA 2012).
 */
import type { AcknowledgementLevel, Durability } from '@p2pstore/node'
import type { Dice } from './dice.ts'

const faultKinds = [
  'crash',
  'power-cut',
  'partition',
  'cut-link',
  'swizzle',
  'drop',
  'slow',
  'full',
  'corrupt',
  'destroy',
  'leave',
] as const

export type FaultKind = (typeof faultKinds)[number]

export interface Profile {
  readonly nodes: number
  readonly clients: number
  /** How long operations and faults go on. */
  readonly durationMs: number
  /** Between two faults, at most. */
  readonly faultGapMs: number
  /** Between two operations of a driver, at most. */
  readonly pauseMs: number
  readonly latencyMs: number
  readonly faults: readonly FaultKind[]
  readonly schemes: readonly string[]
  readonly shardBytes: number
  readonly acknowledge: readonly AcknowledgementLevel[]
  readonly durability: readonly Durability[]
}

export function profileOf(dice: Dice): Profile {
  return {
    nodes: dice.integer(7, 9),
    clients: dice.integer(1, 3),
    durationMs: dice.integer(10, 30) * 1000,
    faultGapMs: dice.integer(1, 6) * 1000,
    pauseMs: dice.integer(300, 3000),
    latencyMs: dice.pick([0, 2, 20, 80]),
    faults: dice.chance(10) ? [] : dice.some(faultKinds),
    schemes: dice.some(['rs:2+1', 'rs:4+2', 'mirror:3']),
    shardBytes: dice.pick([4096, 4096, 16384]),
    acknowledge: dice.some(['all', 'all', 'quorum', 'any']),
    durability: dice.chance(70) ? ['durable'] : ['durable', 'memory'],
  }
}
