/** The few pieces of WebAssembly's binary format that a generated kernel needs (WebAssembly Core Specification 2.0, 5). */

export const opcodes = {
  loop: 0x03,
  branchIf: 0x0d,
  end: 0x0b,
  call: 0x10,
  select: 0x1b,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  i32Const: 0x41,
  i32LessUnsigned: 0x49,
  i32Add: 0x6a,
  simd: 0xfd,
} as const

/** Second bytes of SIMD instructions. */
export const simd = { load: 0x00, store: 0x0b, constant: 0x0c, xor: 0x51 } as const

export const types = { i32: 0x7f, v128: 0x7b, function: 0x60, empty: 0x40 } as const

/** Bytes appended one after the other, growing as needed. */
export class ByteWriter {
  #bytes = new Uint8Array(1024)
  #length = 0

  byte(...values: number[]): this {
    for (const value of values) {
      if (this.#length === this.#bytes.length) this.#reserve(1)
      this.#bytes[this.#length++] = value
    }
    return this
  }

  bytes(values: Uint8Array): this {
    this.#reserve(values.length)
    this.#bytes.set(values, this.#length)
    this.#length += values.length
    return this
  }

  /** LEB128. */
  unsigned(value: number): this {
    let rest = value
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) this.byte((rest % 128) | 0x80)
    return this.byte(rest)
  }

  /** Signed LEB128 of a number that is not negative. */
  signed(value: number): this {
    let rest = value
    for (; rest > 0x3f; rest = Math.floor(rest / 128)) this.byte((rest % 128) | 0x80)
    return this.byte(rest)
  }

  /** ASCII, preceded by its length. */
  name(text: string): this {
    this.unsigned(text.length)
    return this.byte(...[...text].map((letter) => letter.charCodeAt(0)))
  }

  /** Something with its size in front. */
  sized(content: ByteWriter): this {
    const bytes = content.finish()
    return this.unsigned(bytes.length).bytes(bytes)
  }

  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length)
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length + count))
    larger.set(this.#bytes)
    this.#bytes = larger
  }
}

/** Limits of an imported memory: any size, not shared or shared. */
const plainMemory = new ByteWriter().byte(0, 0)
const sharedMemory = new ByteWriter().byte(3, 0).unsigned(65_536)

/** A module that imports env.memory and exports the last of its functions as `run`. All take three numbers and return none. */
export function moduleOf(functionBodies: readonly ByteWriter[], isMemoryShared: boolean): Uint8Array<ArrayBuffer> {
  const limits = (isMemoryShared ? sharedMemory : plainMemory).finish()
  const count = functionBodies.length
  const section = (id: number, content: ByteWriter) => module.byte(id).sized(content)
  const list = (each: (writer: ByteWriter, body: ByteWriter) => void) => {
    const writer = new ByteWriter().unsigned(count)
    for (const body of functionBodies) each(writer, body)
    return writer
  }
  const module = new ByteWriter().byte(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)
  section(1, new ByteWriter().byte(1, types.function, 3, types.i32, types.i32, types.i32, 0))
  section(2, new ByteWriter().byte(1).name('env').name('memory').byte(2).bytes(limits))
  section(
    3,
    list((writer) => writer.byte(0)),
  )
  section(
    7,
    new ByteWriter()
      .byte(1)
      .name('run')
      .byte(0)
      .unsigned(count - 1),
  )
  section(
    10,
    list((writer, body) => writer.sized(body)),
  )
  return module.finish()
}
