/**
 * A WebAssembly module for one XOR program: straight-line code that a compiler turns into little more than loads, XORs and
 * stores of vectors, in a loop over the blocks of the shards.
 *
 * Inputs are loaded wherever they are used; first-level cache hits are cheaper than registers. A shared sum is computed where
 * it is first needed and kept in a local if it is needed again, so that few are alive at a time.
 */

import { blockBytes, planeBytes } from './block.ts'
import type { Combination, XorProgram } from './combination.ts'
import { isShared, type ShardMemory } from './shard-memory.ts'
import { ByteWriter, moduleAround, opcodes, simd, types } from './wasm-bytes.ts'
import { xorCount } from './xor-program.ts'

/** Longer programs run one vector of each shard per turn of the loop instead of a whole block. */
const longProgramXors = 256

/** Locals of the function: two parameters, the end address, then shared sums. */
const blockLocal = 0
const lengthLocal = 1
const endLocal = 2
const firstSumLocal = 3

/**
 * The module exports `run(address, lengthBytes)`: address of shard 0 of the stripe, and how much of each shard to work on, a
 * positive multiple of 128 bytes.
 */
export function xorModule(program: XorProgram, combination: Combination, memory: ShardMemory): Uint8Array<ArrayBuffer> {
  const { strideBytes } = memory
  const isWholeBlock = program.planes === 8 || xorCount(program) <= longProgramXors
  const stepBytes = isWholeBlock ? blockBytes : planeBytes
  const kept = countUses(program).map((uses) => uses > 1)
  const code = new ByteWriter()
  code.byte(opcodes.localGet, blockLocal, opcodes.localGet, lengthLocal, opcodes.i32Add, opcodes.localSet, endLocal)
  code.byte(opcodes.loop, types.empty)
  for (let plane = 0; plane < stepBytes / planeBytes; plane += program.planes) {
    emitSums(code, program, combination, { kept, strideBytes, offsetBytes: plane * planeBytes })
  }
  code.byte(opcodes.localGet, blockLocal, opcodes.i32Const).signed(stepBytes)
  code.byte(opcodes.i32Add, opcodes.localTee, blockLocal, opcodes.localGet, endLocal, opcodes.i32LessUnsigned)
  code.byte(opcodes.branchIf, 0, opcodes.end, opcodes.end)
  const locals = new ByteWriter().byte(2, 1, types.i32).unsigned(program.pairs.length).byte(types.v128)
  return moduleAround(locals.bytes(code.finish()), isShared(memory))
}

/** How often each pair's sum is used. */
function countUses({ inputs, pairs, outputs }: XorProgram): number[] {
  const uses = pairs.map(() => 0)
  for (const terms of [...pairs, ...outputs]) {
    for (const term of terms) if (term >= inputs) uses[term - inputs]!++
  }
  return uses
}

interface Placement {
  readonly kept: readonly boolean[]
  readonly strideBytes: number
  readonly offsetBytes: number
}

function emitSums(
  code: ByteWriter,
  { planes, inputs, pairs, outputs }: XorProgram,
  { sources, targets, accumulate }: Combination,
  { kept, strideBytes, offsetBytes }: Placement,
): void {
  const computed = new Set<number>()
  const place = (shard: number, plane: number) => shard * strideBytes + offsetBytes + plane * planeBytes
  const emitTerm = (term: number): void => {
    if (term < inputs) {
      code.byte(opcodes.localGet, blockLocal, opcodes.simd, simd.load, 0)
      code.unsigned(place(sources[Math.floor(term / planes)]!, term % planes))
      return
    }
    const sum = term - inputs
    const local = firstSumLocal + sum
    if (computed.has(sum)) {
      code.byte(opcodes.localGet).unsigned(local)
      return
    }
    computed.add(sum)
    emitAll(pairs[sum]!)
    if (kept[sum]) code.byte(opcodes.localTee).unsigned(local)
  }
  const emitAll = (terms: readonly number[]): void => {
    terms.forEach((term, index) => {
      emitTerm(term)
      if (index > 0) code.byte(opcodes.simd, simd.xor)
    })
  }
  outputs.forEach((terms, output) => {
    const target = place(targets[Math.floor(output / planes)]!, output % planes)
    code.byte(opcodes.localGet, blockLocal)
    if (terms.length === 0) code.byte(opcodes.simd, simd.constant, ...Array(planeBytes).fill(0))
    emitAll(terms)
    if (accumulate) {
      code.byte(opcodes.localGet, blockLocal, opcodes.simd, simd.load, 0).unsigned(target)
      code.byte(opcodes.simd, simd.xor)
    }
    code.byte(opcodes.simd, simd.store, 0).unsigned(target)
  })
}
