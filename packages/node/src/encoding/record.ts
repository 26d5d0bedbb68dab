import * as v from 'valibot'
import { decodeCbor } from './cbor.ts'

/** The record's value if it is well-formed and fits the schema, else undefined: what nodes return is not to be trusted. */
export function decodeRecord<const Schema extends v.GenericSchema>(
  schema: Schema,
  bytes: Uint8Array,
  decode = decodeCbor,
): v.InferOutput<Schema> | undefined {
  try {
    const result = v.safeParse(schema, decode(bytes))
    return result.success ? result.output : undefined
  } catch {
    return undefined
  }
}

/** Schema of a byte string of exactly `length` bytes. */
export function fixedBytes(length: number) {
  return v.custom<Uint8Array>(
    (value) => value instanceof Uint8Array && value.length === length,
    `must be ${length} bytes`,
  )
}

/** Schema of a byte string of at most `maximum` bytes. */
export function boundedBytes(maximum: number) {
  return v.custom<Uint8Array>(
    (value) => value instanceof Uint8Array && value.length <= maximum,
    `must be at most ${maximum} bytes`,
  )
}

/** Schema of a whole number, 0 or more. */
export const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
