export type StateErrorCode =
  /** Bytes that are no member record, or a field out of its range. */
  | 'RECORD_INVALID'
  /** A well-formed record that its peer didn't sign, or of a peer that is no member. */
  | 'RECORD_FORGED'
  /** A digest or an accusation that is not of its form. */
  | 'DIGEST_INVALID'
  /** The view holds as many members as it may, none of them gone for long enough to be forgotten. */
  | 'VIEW_FULL'

/** Something from outside that the view doesn't take. The message never repeats what came in. */
export class StateError extends Error {
  readonly code: StateErrorCode

  constructor(code: StateErrorCode, message: string, options?: { cause: unknown }) {
    super(message, options)
    this.name = 'StateError'
    this.code = code
  }
}
