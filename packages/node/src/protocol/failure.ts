/** What one peer tells another of an error. */
import * as v from 'valibot'
import type { CodedError } from '../coded-error.ts'

export const maximumErrorTextLength = 1024
export const codeSchema = v.pipe(v.string(), v.regex(/^[A-Z][A-Z0-9_]{0,63}$/))
export const failureSchema = v.strictObject({
  code: codeSchema,
  message: v.pipe(v.string(), v.maxLength(maximumErrorTextLength)),
  retryable: v.boolean(),
})

export type Failure = Readonly<v.InferOutput<typeof failureSchema>>

export function failureOf({ code, message, retryable }: CodedError): Failure {
  return { code, message: message.slice(0, maximumErrorTextLength), retryable }
}
