/**
 * The house stands as ARCHITECTURE.md draws it: packages import only what is below them, nothing is imported in a circle,
 * neither files nor rooms, and no file imports its own package's index. A package that isn't drawn here fails.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** What each package may import of ours. */
const layers: Record<string, readonly string[]> = {
  codec: [],
  state: [],
  placement: [],
  node: ['codec', 'state', 'placement'],
  p2pstore: ['node', 'codec', 'state', 'placement'],
  sim: ['node', 'codec', 'state', 'placement'],
}
/** Packages that run anywhere: nothing of Node, no clock, no chance. */
const pure = ['codec', 'state', 'placement']
const impure = /\b(?:Date\.now|new Date\(|Math\.random|performance\.now|setTimeout|setInterval|setImmediate|crypto\.)/

interface SourceFile {
  /** From the package's src folder, with slashes. */
  readonly path: string
  readonly text: string
  readonly imports: readonly string[]
}

test('every package is drawn, and every drawn package is there', () => {
  expect(readdirSync(join(root, 'packages')).sort()).toEqual(Object.keys(layers).sort())
})

test('the examples of wrong imports below are found', () => {
  expect(
    importsOf("import { a } from './a.ts'\nexport * from '../b.ts'\nawait import('c')\nimport type { D } from 'd'"),
  ).toEqual(['./a.ts', '../b.ts', 'c', 'd'])
  expect(
    cycleIn(
      new Map([
        ['a', ['b']],
        ['b', ['c']],
        ['c', ['a']],
      ]),
    ),
  ).toEqual(['a', 'b', 'c', 'a'])
  expect(
    cycleIn(
      new Map([
        ['a', ['b', 'c']],
        ['b', ['c']],
        ['c', []],
      ]),
    ),
  ).toBeUndefined()
})

describe.each(Object.keys(layers))('package %s', (name) => {
  const files = sourcesOf(name)

  test('has sources', () => {
    expect(files.length).toBeGreaterThan(0)
  })

  test('imports only packages below it', () => {
    const allowed = layers[name] as readonly string[]
    const forbidden = files.flatMap(({ path, imports }) =>
      imports
        .map(packageOf)
        .filter((target) => target !== undefined && !allowed.includes(target))
        .map((target) => `${path} imports ${target}`),
    )
    expect(forbidden).toEqual([])
  })

  test('imports only files that are there, and never its own index', () => {
    const paths = new Set(files.map(({ path }) => path))
    const wrong = edgesOf(files).flatMap(([from, to]) =>
      paths.has(to) && to !== 'index.ts' ? [] : [`${from} imports ${to}`],
    )
    expect(wrong).toEqual([])
  })

  test('has no file that imports itself, over however many others', () => {
    expect(cycleIn(groupEdges(edgesOf(files)))).toBeUndefined()
  })

  test('has no two rooms that import each other', () => {
    const edges = edgesOf(files)
      .map(([from, to]) => [dirname(from), dirname(to)] as const)
      .filter(([from, to]) => from !== to && from !== '.' && to !== '.' && !isWithin(from, to) && !isWithin(to, from))
    expect(cycleIn(groupEdges(edges))).toBeUndefined()
  })
})

test.each(pure)('package %s is pure', (name) => {
  const faults = sourcesOf(name).flatMap(({ path, text, imports }) => [
    ...imports.filter((target) => target.startsWith('node:')).map((target) => `${path} imports ${target}`),
    ...(impure.test(withoutComments(text)) ? [`${path} reads a clock or chance`] : []),
  ])
  expect(faults).toEqual([])
})

test('the command line starts without loading a peer: it says its version in a tenth of a second', () => {
  const files = new Map(sourcesOf('p2pstore').map((file) => [file.path, file]))
  const loaded = new Set(['main.ts'])
  for (const path of loaded) {
    const statics = atOnce((files.get(path) as SourceFile).text)
    expect(statics.map(packageOf), path).toEqual(statics.map(() => undefined))
    for (const [, to] of edgesOf([{ path, text: '', imports: statics }])) loaded.add(to)
  }
  expect(loaded.size).toBeGreaterThan(10)
})

/** What a file imports as soon as it is loaded itself. */
function atOnce(text: string): string[] {
  return importsOf(text.replace(/^import type\b.*$/gm, '').replace(/\bimport\(/g, 'later('))
}

function sourcesOf(name: string): SourceFile[] {
  const folder = join(root, 'packages', name, 'src')
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => {
      const text = readFileSync(join(folder, path), 'utf8')
      return { path: path.split(sep).join('/'), text, imports: importsOf(text) }
    })
}

function importsOf(text: string): string[] {
  const statement =
    /^\s*(?:import|export)\b[^'"]*?\bfrom\s+['"]([^'"]+)['"]|^\s*import\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm
  return [...withoutComments(text).matchAll(statement)].map((match) => (match[1] ?? match[2] ?? match[3]) as string)
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
}

/** The package of ours that an import names, without its scope; undefined for any other import. */
function packageOf(target: string): string | undefined {
  return /^(?:@p2pstore\/([^/]+)|(p2pstore))(?:\/|$)/
    .exec(target)
    ?.slice(1)
    .find((name) => name !== undefined)
}

function edgesOf(files: readonly SourceFile[]): (readonly [string, string])[] {
  return files.flatMap(({ path, imports }) =>
    imports
      .filter((target) => target.startsWith('.') && target.endsWith('.ts'))
      .map(
        (target) =>
          [
            path,
            relative('.', normalize(join(dirname(path), target)))
              .split(sep)
              .join('/'),
          ] as const,
      ),
  )
}

function isWithin(room: string, outer: string): boolean {
  return room.startsWith(`${outer}/`)
}

function groupEdges(edges: readonly (readonly [string, string])[]): Map<string, string[]> {
  const graph = new Map<string, string[]>()
  for (const [from, to] of edges) graph.set(from, [...(graph.get(from) ?? []), to])
  return graph
}

/** A way through the graph that ends where it began. */
function cycleIn(graph: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>()
  const walk = (at: string, way: readonly string[]): string[] | undefined => {
    if (way.includes(at)) return [...way.slice(way.indexOf(at)), at]
    if (done.has(at)) return undefined
    for (const next of graph.get(at) ?? []) {
      const cycle = walk(next, [...way, at])
      if (cycle !== undefined) return cycle
    }
    done.add(at)
    return undefined
  }
  for (const start of graph.keys()) {
    const cycle = walk(start, [])
    if (cycle !== undefined) return cycle
  }
  return undefined
}
