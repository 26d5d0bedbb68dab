/**
 * Combinations in plain TypeScript, straight from the definition: the oracle of every test, and what runs where WebAssembly
 * has no SIMD.
 */

import { blockBytes, planeBytes } from './block.ts'
import type { Combination } from './combination.ts'
import type { Engine } from './engine.ts'
import { multiply } from './galois.ts'
import type { Layout } from './linear-code.ts'
import { addScaled, cellAt } from './matrix.ts'

type Shards = readonly (Uint8Array | undefined)[]

export function referenceEngine(layout: Layout): Engine {
  const add = layout === 'byte' ? addScaled : addScaledPlanes
  const addRow = (sum: Uint8Array, { sources, coefficients }: Combination, row: number, shards: Shards) => {
    sources.forEach((source, column) => {
      add(sum, cellAt(coefficients, row, column), shards[source]!)
    })
  }
  return {
    name: 'reference',
    scratchBytes: 0,
    adopt() {},
    run(combination, shards) {
      combination.targets.forEach((target, row) => {
        const sum = shards[target]!
        if (!combination.accumulate) sum.fill(0)
        addRow(sum, combination, row, shards)
      })
    },
    holds(combination, shards) {
      return combination.targets.every((target, row) => {
        const difference = shards[target]!.slice()
        addRow(difference, combination, row, shards)
        return difference.every((byte) => byte === 0)
      })
    },
  }
}

/** target += factor · source where bit r of every element lies in plane r of its block. */
function addScaledPlanes(target: Uint8Array, factor: number, source: Uint8Array): void {
  for (let from = 0; from < 8; from++) {
    const image = multiply(factor, 1 << from)
    for (let to = 0; to < 8; to++) {
      if ((image >> to) & 1) addPlane(target, to * planeBytes, source, from * planeBytes)
    }
  }
}

function addPlane(target: Uint8Array, targetBytes: number, source: Uint8Array, sourceBytes: number): void {
  for (let block = 0; block < source.length; block += blockBytes) {
    for (let index = 0; index < planeBytes; index++) {
      target[block + targetBytes + index]! ^= source[block + sourceBytes + index]!
    }
  }
}
