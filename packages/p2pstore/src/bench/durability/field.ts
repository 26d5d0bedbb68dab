import { createCodec } from '@p2pstore/codec'

/** Multiplication of bytes: the rows of its table, one per factor. */
export type Field = readonly Uint8Array[]

/** The field that the codec computes in, as it does: each row is what a combination makes of the bytes 0 … 255. */
export async function fieldOfCodec(): Promise<Field> {
  const codec = await createCodec('mirror:2', { engine: 'reference' })
  const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte)
  return Array.from(everyByte, (factor) => {
    const products = new Uint8Array(256)
    const coefficients = { rows: 1, columns: 1, cells: Uint8Array.of(factor) }
    codec.combine({ sources: [0], targets: [1], coefficients }, [everyByte, products])
    return products
  })
}
