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

export function referenceEngine(layout: Layout): Engine {
  const add = layout === 'byte' ? addScaled : addScaledPlanes
  return {
    name: 'reference',
    scratchBytes: 0,
    adopt() {},
    run({ sources, targets, coefficients, accumulate }: Combination, shards) {
      targets.forEach((target, row) => {
        const sum = shards[target]!
        if (!accumulate) sum.fill(0)
        sources.forEach((source, column) => {
          add(sum, cellAt(coefficients, row, column), shards[source]!)
        })
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
