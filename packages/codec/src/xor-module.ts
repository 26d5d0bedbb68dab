/**
 * A WebAssembly module for the steps of one combination, which take turns on tiles of the shards, so that intermediate results
 * stay in the cache.
 */
import type { XorStep } from './recipe.ts'
import { isShared } from './shard-memory.ts'
import { stepFunction } from './step-function.ts'
import { ByteWriter, moduleOf, opcodes, types } from './wasm-bytes.ts'
import { tileBytes, type Workroom, workroomBytes } from './workroom.ts'

/**
 * Makes the module little by little: a step per turn. It exports `run(start, end, targetStart)`: address of shard 0 of the stripe,
 * where in shard 0 to stop, a positive multiple of 128 bytes further, and the first address again for targets.
 * @throws RangeError when the memory has no room for intermediate results
 */
export function* xorModule(steps: Iterable<XorStep>, room: Workroom): Generator<undefined, Uint8Array<ArrayBuffer>> {
  if (workroomBytes(room.intermediates) > room.memory.scratchBytes) {
    throw new RangeError('the memory has no room for intermediate results')
  }
  const functions: ByteWriter[] = []
  for (const step of steps) {
    if (functions.length > 0) yield
    functions.push(stepFunction(step, room))
  }
  if (functions.length !== 1) functions.push(turnTaking(functions.length))
  return moduleOf(functions, isShared(room.memory))
}

/** Calls the functions before it for one tile after the other. */
function turnTaking(count: number): ByteWriter {
  const [blockLocal, endLocal, targetLocal, tileEndLocal] = [0, 1, 2, 3]
  const code = new ByteWriter().byte(1, 1, types.i32)
  code.byte(opcodes.loop, types.empty)
  code.byte(opcodes.localGet, blockLocal, opcodes.i32Const).signed(tileBytes).byte(opcodes.i32Add)
  code.byte(opcodes.localTee, tileEndLocal, opcodes.localGet, endLocal)
  code.byte(opcodes.localGet, tileEndLocal, opcodes.localGet, endLocal, opcodes.i32LessUnsigned)
  code.byte(opcodes.select, opcodes.localSet, tileEndLocal)
  for (let callee = 0; callee < count; callee++) {
    code.byte(opcodes.localGet, blockLocal, opcodes.localGet, tileEndLocal, opcodes.localGet, targetLocal)
    code.byte(opcodes.call).unsigned(callee)
  }
  code.byte(opcodes.localGet, targetLocal, opcodes.i32Const).signed(tileBytes).byte(opcodes.i32Add)
  code.byte(opcodes.localSet, targetLocal)
  code.byte(opcodes.localGet, tileEndLocal, opcodes.localTee, blockLocal, opcodes.localGet, endLocal)
  return code.byte(opcodes.i32LessUnsigned, opcodes.branchIf, 0, opcodes.end, opcodes.end)
}
