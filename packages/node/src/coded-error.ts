/**
 * An error that a program can act on: `code` is stable across releases and listed in docs/errors.md, the message is for
 * people and free to change. A caller's own mistake is a TypeError or RangeError instead.
 */
export abstract class CodedError<Code extends string = string> extends Error {
  readonly code: Code
  /** Whether the same call may succeed later without anyone changing anything. */
  readonly retryable: boolean

  constructor(code: Code, message: string, options: { cause?: unknown; retryable?: boolean } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.name = new.target.name
    this.code = code
    this.retryable = options.retryable ?? false
  }
}
