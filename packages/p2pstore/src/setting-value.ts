/**
 * How settings are read from what a flag (text, lists of text, true), an environment variable (text) or a configuration file
 * (any TOML value) gives. Each throws a RangeError that says what was expected.
 */
import { resolve } from 'node:path'
import type { Position } from '@p2pstore/node'
import { parseByteSize } from './byte-size.ts'
import { parseDuration } from './duration.ts'

/** @param folder what relative paths are relative to */
export type ReadValue<T> = (value: unknown, folder: string) => T

export function text(value: unknown): string {
  if (typeof value === 'string' && value !== '') return value
  throw new RangeError(`${shown(value)} is not a text`)
}

export function path(value: unknown, folder: string): string {
  return resolve(folder, text(value))
}

export function byteSize(value: unknown): number {
  return parseByteSize(typeof value === 'number' ? String(value) : text(value))
}

const longestName = 128

/** Of a group or a place: as a member record carries it. */
export function name(value: unknown): string {
  if (typeof value === 'string' && value.length <= longestName && /^[\x21-\x7e]+$/.test(value)) return value
  throw new RangeError(`${shown(value)} is not a name: 1 … ${longestName} visible ASCII characters without spaces`)
}

/** Degrees of latitude and longitude, such as 52.52,13.405. */
export function position(value: unknown): Position {
  const [latitude = Number.NaN, longitude = Number.NaN, ...more] = text(value).split(',').map(degrees)
  const isOne = more.length === 0 && Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180
  if (isOne) return { latitude, longitude }
  throw new RangeError(`${shown(value)} is not a latitude and a longitude in degrees, such as 52.52,13.405`)
}

function degrees(part: string): number {
  return /^\s*[-+]?\d+(\.\d+)?\s*$/.test(part) ? Number(part) : Number.NaN
}

/** In milliseconds. */
export function duration(value: unknown): number {
  return parseDuration(text(value))
}

export function toggle(value: unknown): boolean {
  if (value === true || value === 'true' || value === '1') return true
  if (value === false || value === 'false' || value === '0') return false
  throw new RangeError(`${shown(value)} is not true or false`)
}

/** In a text, separated by commas or white space. */
export function list(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.map(text)
  return text(value)
    .split(/[\s,]+/)
    .filter((item) => item !== '')
}

export function choice<const T extends string>(allowed: readonly T[]): ReadValue<T> {
  return (value) => {
    const chosen = allowed.find((candidate) => candidate === value)
    if (chosen === undefined) throw new RangeError(`${shown(value)} is not one of ${allowed.join(', ')}`)
    return chosen
  }
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 100)
}
