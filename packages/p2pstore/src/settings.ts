/**
 * Everything that can be set, and where from: a flag comes before the environment, the environment before the configuration
 * file, the file before the default. A setting `shardBytes` is the flag `--shard-bytes`, the variable P2PSTORE_SHARD_BYTES
 * and, in the file, `shard-bytes` in its table. Where the home and the file are can't be told by the file itself.
 */
import { dirname, join, resolve } from 'node:path'
import type { AcknowledgementLevel, Durability, LogLevel, PlacementWishes, RelayRole } from '@p2pstore/node'
import { CommandError } from './command-error.ts'
import { type ConfigValues, readConfigFile } from './config-file.ts'
import {
  byteSize,
  choice,
  duration,
  list,
  name,
  path,
  position,
  type ReadValue,
  text,
  toggle,
} from './setting-value.ts'

export const logLevels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'silent']
export const acknowledgementLevels: readonly AcknowledgementLevel[] = ['any', 'quorum', 'all']
export const relayRoles: readonly RelayRole[] = ['off', 'serve', 'use', 'auto']
export const strategies: readonly Strategy[] = ['weighted-random', 'least-loaded', 'nearest', 'spread']
export const durabilities: readonly Durability[] = ['durable', 'memory']

type Strategy = NonNullable<PlacementWishes['strategy']>

interface Definition<T, Default extends T | undefined> {
  /** Table of the file; empty for the top level. */
  readonly table: '' | 'node' | 'put'
  readonly read: ReadValue<T>
  readonly default: Default
}

function define<T, Default extends T | undefined>(
  table: Definition<T, Default>['table'],
  read: ReadValue<T>,
  value: Default,
): Definition<T, Default> {
  return { table, read, default: value }
}

const definitions = {
  json: define('', toggle, false),
  quiet: define('', toggle, false),
  /** Default: `warn` for nodes, `silent` for all else. */
  logLevel: define('', choice(logLevels), undefined),
  bootstrap: define<readonly string[], readonly string[]>('', list, []),
  mdns: define('', toggle, false),
  passphraseFile: define('', path, undefined),
  group: define('', name, undefined),
  listen: define('node', list, undefined),
  capacity: define('node', byteSize, undefined),
  domain: define('node', name, undefined),
  region: define('node', name, undefined),
  site: define('node', name, undefined),
  rack: define('node', name, undefined),
  machine: define('node', name, undefined),
  position: define('node', position, undefined),
  tag: define<readonly string[], readonly string[]>('node', list, []),
  store: define('node', path, undefined),
  announce: define('node', list, undefined),
  health: define('node', text, undefined),
  relay: define('node', choice(relayRoles), undefined),
  scrubPeriod: define('node', duration, undefined),
  stateRate: define('node', byteSize, undefined),
  scheme: define('put', text, undefined),
  acknowledge: define('put', choice(acknowledgementLevels), undefined),
  durability: define('put', choice(durabilities), undefined),
  shardBytes: define('put', byteSize, undefined),
  inlineBytes: define('put', byteSize, undefined),
  strategy: define('put', choice(strategies), undefined),
  where: define<readonly string[], readonly string[]>('put', list, []),
}

type Definitions = typeof definitions
type Name = keyof Definitions

/** Undefined where the default is up to what is set. */
export type Settings = { readonly home: string } & {
  readonly [N in Name]: ReturnType<Definitions[N]['read']> | Definitions[N]['default']
}

/** What the command line set, by setting name. */
export interface Flags {
  readonly [name: string]: unknown
  readonly home?: unknown
  readonly config?: unknown
}

export interface Environment {
  readonly [name: string]: string | undefined
  readonly P2PSTORE_HOME?: string | undefined
  readonly P2PSTORE_CONFIG?: string | undefined
  readonly P2PSTORE_PASSPHRASE?: string | undefined
}

/** @throws CommandError USAGE, CONFIG_INVALID */
export async function resolveSettings(flags: Flags, env: Environment): Promise<Settings> {
  const home = resolve(setAs(flags.home) ?? setAs(env.P2PSTORE_HOME) ?? (await defaultHome()))
  const file = await openConfig(setAs(flags.config) ?? setAs(env.P2PSTORE_CONFIG), home)
  const settings = Object.entries(definitions).map(([name, definition]) => {
    const key = keyOf(name, definition)
    const variable = `P2PSTORE_${kebab(name).replaceAll('-', '_').toUpperCase()}`
    const candidates: Candidate[] = [
      { value: flags[name], folder: '.', code: 'USAGE', origin: `--${kebab(name)}` },
      { value: setAs(env[variable]), folder: '.', code: 'USAGE', origin: variable },
      {
        value: file.values.get(key),
        folder: dirname(file.path),
        code: 'CONFIG_INVALID',
        origin: `${file.path}: ${key}`,
      },
    ]
    const first = candidates.find(({ value }) => value !== undefined)
    return [name, first === undefined ? definition.default : read(definition.read, first)]
  })
  return { home, ...Object.fromEntries(settings) }
}

interface Candidate {
  readonly value: unknown
  /** What relative paths are relative to. */
  readonly folder: string
  /** Code of the error when the value makes no sense. */
  readonly code: 'USAGE' | 'CONFIG_INVALID'
  readonly origin: string
}

function read(readValue: ReadValue<unknown>, { value, folder, code, origin }: Candidate): unknown {
  try {
    return readValue(value, folder)
  } catch (cause) {
    throw new CommandError(code, `${origin}: ${(cause as Error).message}`, { cause })
  }
}

/** The file that was named, which must be there, or the one in the home, which need not. */
async function openConfig(named: string | undefined, home: string): Promise<{ path: string; values: ConfigValues }> {
  const file = named ?? join(home, 'config.toml')
  const values = await readConfigFile(file)
  if (values === undefined && named !== undefined) {
    throw new CommandError('CONFIG_INVALID', `${named} can't be read: there is no such file`)
  }
  const known = new Set(Object.entries(definitions).map(([name, definition]) => keyOf(name, definition)))
  const unknown = [...(values?.keys() ?? [])].find((key) => !known.has(key))
  if (unknown !== undefined) throw new CommandError('CONFIG_INVALID', `${file}: ${unknown} is not a setting`)
  return { path: file, values: values ?? new Map() }
}

async function defaultHome(): Promise<string> {
  const { default: paths } = await import('env-paths')
  return paths('p2pstore', { suffix: '' }).data
}

function setAs(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function keyOf(name: string, { table }: { readonly table: string }): string {
  return table === '' ? kebab(name) : `${table}.${kebab(name)}`
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
