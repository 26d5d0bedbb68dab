import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { simulate } from '../src/simulate.ts'

const run = promisify(execFile)
/** Chosen for a little of everything: a few faults, retries and failed operations. */
const seed = 4

async function trace(): Promise<{ digest: string; lines: string[] }> {
  const lines: string[] = []
  const { digest, violation } = await simulate({ seed, write: (line) => lines.push(line) })
  expect(violation).toBeUndefined()
  return { digest, lines }
}

test('the same seed gives the same trace, again and in a new process', async () => {
  const command = ['--import', 'tsx', '--conditions=@p2pstore/source', 'src/main.ts', '--seed', `${seed}`, '--trace']
  const elsewhere = run(process.execPath, command, { cwd: new URL('..', import.meta.url) })
  const first = await trace()
  expect(await trace()).toEqual(first)
  const printed = (await elsewhere).stdout.trimEnd().split('\n')
  expect(printed.slice(0, -2)).toEqual(first.lines)
  expect(printed.at(-2)).toContain(`seed ${seed}  ${first.digest.slice(0, 16)}`)
  expect(printed.at(-1)).toBe('1 of 1 seeds passed')
})

test('another seed gives another trace', async () => {
  const profile = { nodes: 3, durationMs: 1000, faults: [], schemes: ['rs:2+1'] }
  const [a, b] = [await simulate({ seed: 1, profile }), await simulate({ seed: 2, profile })]
  expect(a.digest).not.toBe(b.digest)
})
