/** Every kernel works in whole blocks of this many bytes; it is also the unit of the bit-sliced layout. */
export const blockBytes = 128

/** In the bit-sliced layout a block holds bit r of its 128 elements in its r-th plane of this many bytes. */
export const planeBytes = 16
