import { open } from 'node:fs/promises'
import { CommandError } from './command-error.ts'

/** Values by setting name; those of a table are under `table.name`. */
export type ConfigValues = ReadonlyMap<string, unknown>

const maximumFileBytes = 1 << 20

/**
 * Reads a TOML file of settings, one level of tables deep.
 * @returns undefined when there is no such file
 * @throws CommandError CONFIG_INVALID
 */
export async function readConfigFile(path: string): Promise<ConfigValues | undefined> {
  const text = await readText(path)
  return text === undefined ? undefined : flatten(await parseToml(path, text))
}

async function readText(path: string): Promise<string | undefined> {
  try {
    await using file = await open(path, 'r')
    const status = await file.stat()
    if (status.isDirectory()) throw new Error('it is a directory')
    if (status.size > maximumFileBytes) throw new Error(`it is longer than ${maximumFileBytes} bytes`)
    return await file.readFile('utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new CommandError('CONFIG_INVALID', `${path} can't be read: ${(cause as Error).message}`, { cause })
  }
}

async function parseToml(path: string, text: string): Promise<Record<string, unknown>> {
  const { parse, TomlError } = await import('smol-toml')
  try {
    return parse(text)
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause
    const reason = cause.message.split('\n')[0]?.replace(/^Invalid TOML document: /, '')
    throw new CommandError('CONFIG_INVALID', `${path}, line ${cause.line}: ${reason}`, { cause })
  }
}

function flatten(document: Record<string, unknown>): ConfigValues {
  const entries = Object.entries(document).flatMap(([name, value]): [string, unknown][] =>
    isTable(value)
      ? Object.entries(value).map(([inner, innerValue]) => [`${name}.${inner}`, innerValue])
      : [[name, value]],
  )
  return new Map(entries)
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}
