export type CodecErrorCode = 'SCHEME_INVALID' | 'TOO_FEW_SHARDS'

/** What the codec cannot do with well-formed input. `code` is stable across releases, the message is for people. */
export class CodecError extends Error {
  readonly code: CodecErrorCode

  constructor(code: CodecErrorCode, message: string) {
    super(message)
    this.name = 'CodecError'
    this.code = code
  }
}
