/**
 * XOR programs as short text, to be committed: base64 of LEB128 numbers. Inputs, number of pairs, the pairs' terms, then for each
 * output its number of terms and the terms. Eight planes per shard.
 */
import type { XorProgram } from './recipe.ts'
import { ByteWriter } from './wasm-bytes.ts'

export function packProgram({ inputs, pairs, outputs }: XorProgram): string {
  const writer = new ByteWriter().unsigned(inputs).unsigned(pairs.length)
  for (const [a, b] of pairs) writer.unsigned(a).unsigned(b)
  for (const terms of outputs) {
    writer.unsigned(terms.length)
    for (const term of terms) writer.unsigned(term)
  }
  return btoa(String.fromCharCode(...writer.finish()))
}

export function unpackProgram(text: string): XorProgram {
  const numbers = unsignedNumbers(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)))
  let at = 0
  const next = () => numbers[at++]!
  const inputs = next()
  const pairs = Array.from({ length: next() }, () => [next(), next()] as const)
  const outputs: number[][] = []
  while (at < numbers.length) outputs.push(Array.from({ length: next() }, next))
  return { planes: 8, inputs, pairs, outputs }
}

function unsignedNumbers(bytes: Uint8Array): number[] {
  const numbers: number[] = []
  let value = 0
  let shift = 0
  for (const byte of bytes) {
    value |= (byte & 0x7f) << shift
    shift += 7
    if (byte & 0x80) continue
    numbers.push(value)
    value = 0
    shift = 0
  }
  return numbers
}
