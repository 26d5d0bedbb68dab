/**
 * The constants of the slotted Cauchy matrix (see reed-solomon.ts). They are part of the recorded form of every scheme that
 * uses it and never change.
 *
 * Slots are numbered 0 to 255, data from the front and parity from the back. A slot has a coordinate, a coordinate a point of the
 * field: the sum of the basis elements at its one bits. Coordinates below a power of two thus name a linear subspace, which is
 * what the Fourier transform of fft-program.ts needs. Basis, order of the first slots and factors were found by random search
 * for the fewest XORs at 4+2, 6+3, 10+4 and 16+4; any others would be as correct.
 */
import { invert } from './galois.ts'

const basis = [0xae, 0x39, 0xbe, 0x5e, 0xfe, 0x7b, 0x81, 0x2e]
const firstCoordinates = [8, 11, 4, 0, 9, 10, 7, 6, 14, 1, 5, 3, 12, 13, 15, 2]
const firstParityFactors = [0x01, 0x24, 0x8b, 0xcd, 0x6d, 0xa9]

const lastSlot = 255

export function coordinateOf(slot: number): number {
  return firstCoordinates[slot] ?? slot
}

export function pointAt(coordinate: number): number {
  return basis.reduce((sum, element, bit) => ((coordinate >> bit) & 1 ? sum ^ element : sum), 0)
}

function pointOf(slot: number): number {
  return pointAt(coordinateOf(slot))
}

/** What column `dataSlot` of the Cauchy matrix is multiplied with: the factor that makes parity row 0 all ones. */
export function dataFactor(dataSlot: number): number {
  return pointOf(lastSlot) ^ pointOf(dataSlot)
}

/** What row `paritySlot` of the Cauchy matrix is multiplied with. */
export function parityFactor(paritySlot: number): number {
  return firstParityFactors[paritySlot] ?? 1
}

/** The element of the Cauchy matrix itself. */
export function cauchyElement(paritySlot: number, dataSlot: number): number {
  return invert(pointOf(lastSlot - paritySlot) ^ pointOf(dataSlot))
}
