/**
 * The code of one step: straight-line for one block, which a compiler turns into little more than loads, XORs and stores of
 * vectors, in a loop over the blocks.
 *
 * Inputs are loaded wherever they are used; first-level cache hits are cheaper than registers. Shared sums are kept in locals.
 * A step of a transform has hundreds of sums alive at a time, which compilers juggle badly; there, those that are not needed
 * again soon are put into memory.
 */
import { blockBytes, planeBytes } from './block.ts'
import { intermediateIndex, isIntermediate, type XorStep } from './recipe.ts'
import { ByteWriter, opcodes, simd, types } from './wasm-bytes.ts'
import { farSumOffset, intermediateOffset, maximumFarSums, type Workroom } from './workroom.ts'
import { type Schedule, scheduleOf } from './xor-schedule.ts'

/** Programs for whole shards that are longer do one vector of each shard per turn of the loop instead of a whole block. */
const maximumUnrolledXors = 256
/** A sum needed again after more XORs than these is far. */
const nearXors = 50

/** Parameters: address in shard 0 of the current block, and of the end; where the block would be for targets. */
const blockLocal = 0
const endLocal = 1
const targetLocal = 2
/** Address of the current block in the scratch space. */
const roomLocal = 3
/** Always zero: for addresses that do not move. */
const zeroLocal = 4
/** A vector on its way to memory. */
const passingLocal = 5
const firstSumLocal = 6

/** Where a vector is: an offset from what a local holds. */
interface Place {
  readonly local: number
  readonly offsetBytes: number
}

/** The body of a function of three numbers: start and end in shard 0, and start for targets. */
export function stepFunction(step: XorStep, room: Workroom): ByteWriter {
  const { planes } = step.program
  const schedule = scheduleOf(step.program)
  const sums = placeSums(step, schedule, room)
  const stepBytes = planes === 8 || schedule.xors <= maximumUnrolledXors ? blockBytes : planeBytes
  const code = new ByteWriter()
  code
    .byte(2, 2, types.i32)
    .unsigned(1 + sums.localCount)
    .byte(types.v128)
  code.byte(opcodes.i32Const).signed(room.memory.scratchAtBytes).byte(opcodes.localSet, roomLocal)
  code.byte(opcodes.loop, types.empty)
  for (let plane = 0; plane < stepBytes / planeBytes; plane += planes) {
    emitSums(code, step, schedule, { sums, room, blockOffsetBytes: plane * planeBytes })
  }
  code.byte(opcodes.localGet, roomLocal, opcodes.i32Const).signed(stepBytes)
  code.byte(opcodes.i32Add, opcodes.localSet, roomLocal)
  code.byte(opcodes.localGet, targetLocal, opcodes.i32Const).signed(stepBytes)
  code.byte(opcodes.i32Add, opcodes.localSet, targetLocal)
  code.byte(opcodes.localGet, blockLocal, opcodes.i32Const).signed(stepBytes)
  code.byte(opcodes.i32Add, opcodes.localTee, blockLocal, opcodes.localGet, endLocal, opcodes.i32LessUnsigned)
  return code.byte(opcodes.branchIf, 0, opcodes.end, opcodes.end)
}

interface SumPlaces {
  /** By number of the pair: the local a sum is kept in, or its place in memory. */
  readonly near: ReadonlyMap<number, number>
  readonly far: ReadonlyMap<number, Place>
  readonly localCount: number
}

function placeSums({ sources, targets }: XorStep, { spans }: Schedule, room: Workroom): SumPlaces {
  const near = new Map<number, number>()
  const far = new Map<number, Place>()
  const isTransform = sources.some(isIntermediate) || targets.some(isIntermediate)
  for (const [sum, xors] of spans) {
    if (isTransform && xors > nearXors && far.size < maximumFarSums) {
      far.set(sum, { local: zeroLocal, offsetBytes: room.memory.scratchAtBytes + farSumOffset(far.size, room) })
    } else {
      near.set(sum, firstSumLocal + near.size)
    }
  }
  return { near, far, localCount: near.size }
}

interface Placement {
  readonly sums: SumPlaces
  readonly room: Workroom
  /** Of the vectors to work on, within the block. */
  readonly blockOffsetBytes: number
}

function emitSums(
  code: ByteWriter,
  { sources, targets, accumulate, program: { planes } }: XorStep,
  { instructions }: Schedule,
  { sums: { near, far }, room, blockOffsetBytes }: Placement,
): void {
  const placeOf = (operands: readonly number[], term: number, shardLocal: number): Place => {
    const operand = operands[Math.floor(term / planes)]!
    const withinBytes = blockOffsetBytes + (term % planes) * planeBytes
    return isIntermediate(operand)
      ? { local: roomLocal, offsetBytes: intermediateOffset(intermediateIndex(operand)) + withinBytes }
      : { local: shardLocal, offsetBytes: operand * room.memory.strideBytes + withinBytes }
  }
  const load = ({ local, offsetBytes }: Place) =>
    code.byte(opcodes.localGet, local, opcodes.simd, simd.load, 0).unsigned(offsetBytes)
  const store = ({ offsetBytes }: Place) => code.byte(opcodes.simd, simd.store, 0).unsigned(offsetBytes)
  for (const instruction of instructions) {
    switch (instruction.kind) {
      case 'input':
        load(placeOf(sources, instruction.term, blockLocal))
        break
      case 'recall':
        if (far.has(instruction.sum)) load(far.get(instruction.sum)!)
        else code.byte(opcodes.localGet).unsigned(near.get(instruction.sum)!)
        break
      case 'keep':
        if (far.has(instruction.sum)) {
          code.byte(opcodes.localSet, passingLocal, opcodes.localGet, zeroLocal, opcodes.localGet, passingLocal)
          store(far.get(instruction.sum)!).byte(opcodes.localGet, passingLocal)
        } else {
          code.byte(opcodes.localTee).unsigned(near.get(instruction.sum)!)
        }
        break
      case 'add':
        code.byte(opcodes.simd, simd.xor)
        break
      case 'zero':
        code.byte(opcodes.simd, simd.constant, ...Array(planeBytes).fill(0))
        break
      case 'begin':
        code.byte(opcodes.localGet, placeOf(targets, instruction.output, targetLocal).local)
        break
      case 'end': {
        const target = placeOf(targets, instruction.output, targetLocal)
        if (accumulate) load(target).byte(opcodes.simd, simd.xor)
        store(target)
      }
    }
  }
}
