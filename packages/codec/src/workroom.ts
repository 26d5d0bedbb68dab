/** How the scratch space of a memory is used by XOR programs: intermediate results of one tile, then far sums. */
import { planeBytes } from './block.ts'
import { type ShardMemory, spreadBytes } from './shard-memory.ts'

/** How much of each shard all steps of a program work on before they turn to the next. */
export const tileBytes = 2048
/** Sums per step that can be put into memory. */
export const maximumFarSums = 1024

const strideBytes = tileBytes + spreadBytes

export interface Workroom {
  readonly memory: ShardMemory
  /** How many intermediate results there are. */
  readonly intermediates: number
}

/** Scratch space needed. Far sums come with intermediate results only. */
export function workroomBytes(intermediates: number): number {
  return intermediates === 0 ? 0 : intermediates * strideBytes + maximumFarSums * planeBytes
}

/** Where an intermediate result is, from the start of the scratch space. */
export function intermediateOffset(index: number): number {
  return index * strideBytes
}

/** Where a far sum is, from the start of the scratch space. */
export function farSumOffset(sum: number, { intermediates }: Workroom): number {
  return intermediates * strideBytes + sum * planeBytes
}
