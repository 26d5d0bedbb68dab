/**
 * In what order to compute an XOR program on a stack: output by output, every shared sum where it is first needed, so that
 * few are alive at a time.
 */
import { outputOrder } from './output-order.ts'
import type { XorProgram } from './recipe.ts'

type Instruction =
  /** Puts an input on the stack. */
  | { readonly kind: 'input'; readonly term: number }
  /** Puts a kept sum on the stack. */
  | { readonly kind: 'recall'; readonly sum: number }
  /** Keeps the sum on top of the stack, and leaves it there. */
  | { readonly kind: 'keep'; readonly sum: number }
  /** Replaces the two on top by their XOR. */
  | { readonly kind: 'add' }
  /** Puts a zero vector on the stack. */
  | { readonly kind: 'zero' }
  /** Everything up to `end` is for this output. */
  | { readonly kind: 'begin'; readonly output: number }
  /** The output is on top of the stack; takes it off. */
  | { readonly kind: 'end'; readonly output: number }

export interface Schedule {
  readonly instructions: readonly Instruction[]
  /** For each sum that is kept, by number of its pair: how many XORs lie between its computation and its last use. */
  readonly spans: ReadonlyMap<number, number>
  readonly xors: number
}

export function scheduleOf(program: XorProgram): Schedule {
  const { inputs, pairs, outputs } = program
  const uses = countUses(program)
  const instructions: Instruction[] = []
  const keptAt = new Map<number, number>()
  const spans = new Map<number, number>()
  let xors = 0
  const put = (term: number): void => {
    if (term < inputs) {
      instructions.push({ kind: 'input', term })
      return
    }
    const sum = term - inputs
    const since = keptAt.get(sum)
    if (since !== undefined) {
      spans.set(sum, xors - since)
      instructions.push({ kind: 'recall', sum })
      return
    }
    putSum(pairs[sum]!)
    if (uses[sum]! > 1) {
      keptAt.set(sum, xors)
      instructions.push({ kind: 'keep', sum })
    }
  }
  const putSum = (terms: readonly number[]): void => {
    terms.forEach((term, index) => {
      put(term)
      if (index === 0) return
      xors++
      instructions.push({ kind: 'add' })
    })
  }
  for (const output of outputOrder(program, uses)) {
    const terms = outputs[output]!
    instructions.push({ kind: 'begin', output })
    if (terms.length === 0) instructions.push({ kind: 'zero' })
    putSum(terms)
    instructions.push({ kind: 'end', output })
  }
  return { instructions, spans, xors }
}

/** How often each pair's sum is used; never if no output depends on it. */
function countUses({ inputs, pairs, outputs }: XorProgram): number[] {
  const uses: number[] = Array(pairs.length).fill(0)
  const use = (terms: readonly number[]): void => {
    for (const term of terms) {
      if (term < inputs) continue
      const sum = term - inputs
      uses[sum]!++
      if (uses[sum] === 1) use(pairs[sum]!)
    }
  }
  outputs.forEach(use)
  return uses
}
