/**
 * - `USAGE`: the command line, or a value in it or in the environment, makes no sense.
 * - `CONFIG_INVALID`: the configuration file can't be read, or holds what is no setting.
 * - `SECRET_IN_ARGUMENTS`: a capability or invite was typed as an argument, where other users of the machine can see it.
 * - `FILE_UNREADABLE`: a file that should be read is missing, a directory, or not permitted.
 * - `FILE_EXISTS`: a file that should be written is there already.
 * - `FILE_UNWRITABLE`: a file that should be written is something else, or has no folder that it can be in.
 * - `BASELINE_MISSING`: the library that `bench` should compare with is not installed.
 * - `NODE_FAILED`: a node of a local network did not start, or none is left.
 */
export type CommandErrorCode =
  | 'USAGE'
  | 'CONFIG_INVALID'
  | 'SECRET_IN_ARGUMENTS'
  | 'FILE_UNREADABLE'
  | 'FILE_EXISTS'
  | 'FILE_UNWRITABLE'
  | 'BASELINE_MISSING'
  | 'NODE_FAILED'

/**
 * What the command line itself finds wrong. Not a CodedError of @p2pstore/node, which is loaded only by commands that need
 * it, but of the same shape.
 */
export class CommandError extends Error {
  readonly code: CommandErrorCode

  constructor(code: CommandErrorCode, message: string, options?: { cause: unknown }) {
    super(message, options)
    this.name = 'CommandError'
    this.code = code
  }
}
