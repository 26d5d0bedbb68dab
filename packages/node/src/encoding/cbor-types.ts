/** The upper three bits of the byte that anything in CBOR begins with. Tags are missing: nothing of ours has any. */
export const cborTypes = { natural: 0, negative: 1, bytes: 2, text: 3, list: 4, map: 5, simple: 7 } as const

/** Lists and maps that may lie in each other, so that hostile bytes cannot exhaust the stack. */
export const maximumCborDepth = 16
