/** `npm run bench -- NAME [--json] [options]`: runs one benchmark; see the essay in the benchmark's own file. */
import { cpus } from 'node:os'
import { type Benchmark, type Row, toTable } from './benchmark.ts'

const benchmarks: Record<string, () => Promise<Benchmark>> = {
  cpu: async () => (await import('./cpu/cpu.ts')).cpu,
  small: async () => (await import('./small/small.ts')).small,
  streams: async () => (await import('./streams/streams.ts')).streams,
  store: async () => (await import('./store/store.ts')).store,
  placement: async () => (await import('./placement/placement.ts')).placement,
  throughput: async () => (await import('./throughput/throughput.ts')).throughput,
}

const [name = '', ...options] = process.argv.slice(2)
const load = benchmarks[name]
if (load === undefined) {
  console.error(`usage: npm run bench -- NAME [--json], where NAME is one of ${Object.keys(benchmarks).join(', ')}`)
  process.exit(2)
}
const isJson = options.includes('--json')
const report = (text: string): void => void (isJson || process.stderr.write(`${text}\n`))
const rows: Row[] = await (await load()).run(
  options.filter((option) => option !== '--json'),
  report,
)
const machine = {
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  node: process.version,
  platform: process.platform,
}
console.log(isJson ? JSON.stringify({ machine, rows }, undefined, 2) : toTable(machine, rows))
