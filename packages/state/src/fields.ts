/*
 * Checks of single values that came from outside. Each returns the value with its type, or throws RECORD_INVALID with a
 * message that names the field and its rule, and never repeats what came in. Nothing but integers is a number here: what
 * has a fraction is carried in smaller units (micro, per mille), so there is no NaN, no infinity and no two spellings.
 */
import { StateError } from './state-error.ts'

const VISIBLE_ASCII = /^[\x21-\x7e]+$/
const MAX_NAME_LENGTH = 128

/** A map with all of the `required` keys, any of the `optional` ones, and no other. */
export function fieldsOf<Required extends string, Optional extends string = never>(
  value: unknown,
  what: string,
  required: readonly Required[],
  optional: readonly Optional[] = [],
): Record<Required, unknown> & Partial<Record<Optional, unknown>> {
  if (typeof value !== 'object' || value === null) throw invalid(what, 'be a map')
  const found = Object.keys(value)
  const known: readonly string[] = [...required, ...optional]
  if (!required.every((key) => found.includes(key)) || !found.every((key) => known.includes(key))) {
    const extra = optional.length === 0 ? '' : `, perhaps ${optional.join(', ')},`
    throw invalid(what, `have the fields ${required.join(', ')}${extra} and no other`)
  }
  return value as Record<Required, unknown> & Partial<Record<Optional, unknown>>
}

/** 1 … `maxLength` (default 128) visible ASCII characters. */
export function name(value: unknown, what: string, maxLength = MAX_NAME_LENGTH): string {
  if (typeof value !== 'string' || value.length > maxLength || !VISIBLE_ASCII.test(value)) {
    throw invalid(what, `be 1 … ${maxLength} visible ASCII characters`)
  }
  return value
}

export function integer(value: unknown, what: string, min: number, max: number): number {
  if (!Number.isSafeInteger(value) || (value as number) < min || (value as number) > max) {
    throw invalid(what, `be an integer in ${min} … ${max}`)
  }
  return value as number
}

export function count(value: unknown, what: string, max = Number.MAX_SAFE_INTEGER): number {
  return integer(value, what, 0, max)
}

export function perMille(value: unknown, what: string): number {
  return integer(value, what, 0, 1000)
}

export function list(value: unknown, what: string, maxLength: number): unknown[] {
  if (!Array.isArray(value) || value.length > maxLength) throw invalid(what, `be a list of at most ${maxLength}`)
  return value
}

export function oneOf<const T extends string>(value: unknown, what: string, choices: readonly T[]): T {
  const chosen = choices.find((choice) => choice === value)
  if (chosen === undefined) throw invalid(what, `be one of ${choices.join(', ')}`)
  return chosen
}

export function flag(value: unknown, what: string): boolean {
  if (typeof value !== 'boolean') throw invalid(what, 'be true or false')
  return value
}

/** @throws StateError RECORD_INVALID when two of the keys are the same */
export function distinct(keys: readonly string[], what: string): void {
  if (new Set(keys).size < keys.length) throw invalid(what, 'be different from each other')
}

/** An object without the keys whose value is undefined, as the format leaves them out. */
export function present<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(value).filter(([, field]) => field !== undefined)
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> }
}

export function invalid(what: string, rule: string): StateError {
  return new StateError('RECORD_INVALID', `a member record's ${what} must ${rule}`)
}
