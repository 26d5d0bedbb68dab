import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { exitCodeOf } from '../src/exit-code.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const page = readFileSync(join(root, 'docs/errors.md'), 'utf8')
const rows = [...page.matchAll(/^\| `([A-Z_]+)` \| (\d) \| (.+?) \|/gm)].map((row) => ({
  code: row[1] as string,
  exit: Number(row[2]),
}))

test('every code of the sources is on the page, and no other', () => {
  const written = rows.map(({ code }) => code)
  expect([...written].sort()).toEqual([...new Set(written)].sort())
  expect([...written].sort()).toEqual([...codesOfSources()].sort())
})

test.each(rows)('$code ends with status $exit', ({ code, exit }) => {
  expect(exitCodeOf(code)).toBe(exit)
})

test('codes are found in all the ways in which sources state them', () => {
  const text = `
    class A extends CodedError<'ONE' | 'TWO'> {}
    export type AErrorCode =
      /** why */
      | 'THREE'
      | 'FOUR'

    throw new AError(
      'FIVE', 'NOT_A_CODE')
    return { code: fits ? 'SIX' : 'SEVEN', message }
  `
  expect(codesIn(text)).toEqual(['ONE', 'TWO', 'THREE', 'FOUR', 'FIVE', 'SIX', 'SEVEN'])
})

function codesOfSources(): Set<string> {
  const packages = ['codec', 'state', 'placement', 'node', 'p2pstore']
  const folders = packages.map((name) => join(root, 'packages', name, 'src'))
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => join(folder, path)),
  )
  return new Set(files.flatMap((file) => codesIn(readFileSync(file, 'utf8'))))
}

function codesIn(text: string): string[] {
  const statements = [
    /CodedError<([^>]*)>/g,
    /type \w*ErrorCode\s*=([\s\S]*?)(?=\n\n|$)/g,
    /new \w*Error\(\s*('[A-Z_]+')/g,
    /\{ code: ([^,}]*)/g,
  ]
  return statements.flatMap((statement) =>
    [...text.matchAll(statement)].flatMap((match) =>
      [...(match[1] as string).matchAll(/'([A-Z]+(?:_[A-Z]+)*)'/g)].map((code) => code[1] as string),
    ),
  )
}
