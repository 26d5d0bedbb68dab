const wasmPageBytes = 65_536
const isAligned = Symbol('aligned')

/** As far as it is used here; its types come with those of browsers only. */
declare const WebAssembly: {
  readonly Memory: new (pages: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer }
}

/** Memory that begins on a page of the system. WebAssembly's does; of no other JavaScript tells where it begins. */
export function alignedMemory(lengthBytes: number): Uint8Array {
  const pages = Math.ceil(lengthBytes / wasmPageBytes)
  const { buffer } = new WebAssembly.Memory({ initial: pages, maximum: pages })
  Object.defineProperty(buffer, isAligned, { value: true })
  return new Uint8Array(buffer, 0, lengthBytes)
}

/**
 * The whole blocks of such memory around a part of it, to read those of a file into: undefined when the part does not lie in its
 * blocks as the bytes from `offsetBytes` on do in the file's, or lies in other memory.
 */
export function blocksAround(part: Uint8Array, offsetBytes: number, blockBytes: number): Uint8Array | undefined {
  const { buffer, byteOffset } = part
  const before = offsetBytes % blockBytes
  const lengthBytes = Math.ceil((before + part.length) / blockBytes) * blockBytes
  const start = byteOffset - before
  if (!(isAligned in buffer) || start < 0 || start % blockBytes !== 0) return undefined
  return start + lengthBytes <= buffer.byteLength ? new Uint8Array(buffer, start, lengthBytes) : undefined
}
