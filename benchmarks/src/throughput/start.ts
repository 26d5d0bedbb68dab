/** How long the command line takes to say its version, against a program that does nothing. */
import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { median, type Row, row } from '../benchmark.ts'

export function measureStart(): Row {
  const main = join(dirname(createRequire(import.meta.url).resolve('p2pstore')), 'main.js')
  return row('p2pstore version', timeOf([main, 'version']), 'ms', timeOf(['--eval', '']))
}

function timeOf(args: readonly string[]): number {
  const times = Array.from({ length: 9 }, () => {
    const startMs = performance.now()
    execFileSync(process.execPath, args)
    return performance.now() - startMs
  })
  return median(times)
}
