/** Something that was measured, beside what it is to be at most. */
export interface Figure {
  readonly what: string
  readonly value: number
  readonly target: number
  readonly unit: string
  readonly passed: boolean
}

export function figure(what: string, value: number, target: number, unit: string): Figure {
  return { what, value: Math.round(value * 100) / 100, target, unit, passed: value <= target }
}
