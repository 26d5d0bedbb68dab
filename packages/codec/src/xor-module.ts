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
  const keptIn = assignLocals(program)
  const code = new ByteWriter()
  code.byte(opcodes.localGet, blockLocal, opcodes.localGet, lengthLocal, opcodes.i32Add, opcodes.localSet, endLocal)
  code.byte(opcodes.loop, types.empty)
  for (let plane = 0; plane < stepBytes / planeBytes; plane += program.planes) {
    emitSums(code, program, combination, { keptIn, strideBytes, offsetBytes: plane * planeBytes })
  }
  code.byte(opcodes.localGet, blockLocal, opcodes.i32Const).signed(stepBytes)
  code.byte(opcodes.i32Add, opcodes.localTee, blockLocal, opcodes.localGet, endLocal, opcodes.i32LessUnsigned)
  code.byte(opcodes.branchIf, 0, opcodes.end, opcodes.end)
  const locals = new ByteWriter().byte(2, 1, types.i32).unsigned(keptIn.size).byte(types.v128)
  return moduleAround(locals.bytes(code.finish()), isShared(memory))
}

/** The local for each pair's sum that is used more than once, by number of the pair. */
function assignLocals({ inputs, pairs, outputs }: XorProgram): Map<number, number> {
  const uses = pairs.map(() => 0)
  for (const terms of [...pairs, ...outputs]) {
    for (const term of terms) if (term >= inputs) uses[term - inputs]!++
  }
  const locals = new Map<number, number>()
  uses.forEach((count, pair) => {
    if (count > 1) locals.set(pair, firstSumLocal + locals.size)
  })
  return locals
}

interface Placement {
  readonly keptIn: ReadonlyMap<number, number>
  readonly strideBytes: number
  readonly offsetBytes: number
}

function emitSums(
  code: ByteWriter,
  { planes, inputs, pairs, outputs }: XorProgram,
  { sources, targets, accumulate }: Combination,
  { keptIn, strideBytes, offsetBytes }: Placement,
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
    const local = keptIn.get(sum)
    if (local !== undefined && computed.has(sum)) {
      code.byte(opcodes.localGet).unsigned(local)
      return
    }
    emitAll(pairs[sum]!)
    if (local === undefined) return
    code.byte(opcodes.localTee).unsigned(local)
    computed.add(sum)
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
