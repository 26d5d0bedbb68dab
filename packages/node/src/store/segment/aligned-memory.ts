const wasmPageBytes = 65_536

/** As far as it is used here; its types come with those of browsers only. */
declare const WebAssembly: {
  readonly Memory: new (pages: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer }
}

/** Memory that begins on a page of the system. WebAssembly's does; of no other JavaScript tells where it begins. */
export function alignedMemory(lengthBytes: number): Uint8Array {
  const pages = Math.ceil(lengthBytes / wasmPageBytes)
  const { buffer } = new WebAssembly.Memory({ initial: pages, maximum: pages })
  return new Uint8Array(buffer, 0, lengthBytes)
}
