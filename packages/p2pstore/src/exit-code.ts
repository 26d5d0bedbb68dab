/** What a command ends with, so that scripts can tell what to do next. */
export const exitCode = {
  ok: 0,
  other: 1,
  /** Wrong usage, configuration, capability, invite or scheme: the same command fails again. */
  usage: 2,
  notFound: 3,
  /** Stored data is damaged or lost. */
  integrity: 4,
  /** May succeed later, when nodes are back or have room. */
  temporary: 5,
} as const

export type ExitCode = (typeof exitCode)[keyof typeof exitCode]

const { usage, notFound, integrity, temporary } = exitCode

/** Codes that are not named here end with `other`. */
const table: Readonly<Record<string, ExitCode>> = {
  USAGE: usage,
  CONFIG_INVALID: usage,
  SECRET_IN_ARGUMENTS: usage,
  FILE_UNREADABLE: usage,
  FILE_EXISTS: usage,
  FILE_UNWRITABLE: usage,
  BASELINE_MISSING: usage,
  ADDRESS_INVALID: usage,
  AUTHORITY_MISSING: usage,
  AUTHORITY_RETIRED: usage,
  CAPABILITY_INVALID: usage,
  CREDENTIALS_INVALID: usage,
  CAPABILITY_TOO_WEAK: usage,
  HOME_EXISTS: usage,
  HOME_INVALID: usage,
  HOME_MISSING: usage,
  IDENTITY_EXISTS: usage,
  IDENTITY_EXPOSED: usage,
  IDENTITY_INVALID: usage,
  IDENTITY_MISSING: usage,
  INVITE_INVALID: usage,
  PASSPHRASE_MISSING: usage,
  PASSPHRASE_WRONG: usage,
  SCHEME_INVALID: usage,
  UNIT_EXISTS: usage,
  UNIT_LAST: usage,
  UNIT_LIMIT: usage,
  UNIT_UNUSABLE: usage,
  WRONG_NETWORK: usage,

  OBJECT_NOT_FOUND: notFound,
  SHARD_NOT_FOUND: notFound,
  UNIT_UNKNOWN: notFound,

  CHECKSUM_MISMATCH: integrity,
  INTEGRITY: integrity,
  SHARD_CORRUPT: integrity,

  NETWORK_UNREACHABLE: temporary,
  NOT_ENOUGH_SHARDS: temporary,
  OBJECT_UNREACHABLE: temporary,
  OVERLOADED: temporary,
  PEER_UNREACHABLE: temporary,
  STORE_FAILED: temporary,
  STORE_FULL: temporary,
  TIMEOUT: temporary,
  TOO_FEW_NODES: temporary,
  TOO_FEW_SHARDS: temporary,
}

export function exitCodeOf(code: string): ExitCode {
  return table[code] ?? exitCode.other
}
