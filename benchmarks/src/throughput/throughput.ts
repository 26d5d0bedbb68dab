/**
 * How fast objects go in and out of six node processes on loopback, as a share of what the machine can do at all.
 *
 * The floor does the least that could be called the same: a process sends the same number of bytes, parity included, over raw
 * TLS 1.3 sockets to six others, which write them with fdatasync before they acknowledge; and takes as many bytes back as an
 * object has. No coding, no sealing, no hashing, no framing, no placement. Both are done in turns in one run, so that a
 * machine that slows down slows both; figures are medians, of all rounds but the first, in which engines still compile.
 *
 * Options: `--size MiB` of the object (512), `--rounds N` that count (5), `--floor off` to measure p2pstore alone.
 */
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Benchmark, median, type Row, row } from '../benchmark.ts'
import { Child, type Usage } from '../child.ts'
import { selfSigned } from './certificate.ts'

const nodeCount = 6
const scheme = 'rs:4+2'
const expansion = 6 / 4
const smallBytes = 1 << 20
const smallReads = 50

interface Timing {
  readonly seconds: number
}

interface Measurement extends Timing {
  readonly clientCpuSeconds: number
  readonly nodesCpuSeconds: number
}

export const throughput: Benchmark = {
  async run(options, report) {
    const { values } = parseArgs({
      args: [...options],
      options: { size: { type: 'string' }, rounds: { type: 'string' }, floor: { type: 'string' } },
    })
    const mebibytes = Number(values.size ?? 512)
    const rounds = Number(values.rounds ?? 5)
    const directory = await mkdtemp(join(tmpdir(), 'p2pstore-bench-'))
    const children: Child[] = []
    try {
      const floor = values.floor === 'off' ? undefined : await startFloor(directory, children)
      const network = await startNetwork(directory, children)
      return await measure({ network, floor, mebibytes, rounds, report })
    } finally {
      await Promise.all(children.map((child) => child.end()))
      await rm(directory, { recursive: true, force: true })
    }
  },
}

interface Plan {
  readonly network: Network
  readonly floor: Floor | undefined
  readonly mebibytes: number
  readonly rounds: number
  readonly report: (text: string) => void
}

async function measure({ network, floor, mebibytes, rounds, report }: Plan): Promise<Row[]> {
  const objectBytes = mebibytes * 2 ** 20
  const taken: Round[] = []
  for (let number = 0; number <= rounds; number += 1) {
    const round = await measureRound(network, floor, objectBytes)
    const { put, get } = round
    const name = number === 0 ? 'warm-up' : `round ${number} of ${rounds}`
    report(`${name}: put ${put.seconds.toFixed(2)} s, get ${get.seconds.toFixed(2)} s`)
    if (number > 0) taken.push(round)
  }
  const firstBytesMs = await network.firstBytes()
  const { client, nodes } = await network.usage()
  const middle = (figure: (round: Round) => number): number => median(taken.map(figure))
  const speed = (figure: (round: Round) => Timing): number => mebibytes / middle((round) => figure(round).seconds)
  const cpuMsPerMebibyte = (figure: (round: Round) => number): number => (1000 * middle(figure)) / mebibytes
  const floorSpeed = (verb: 'put' | 'get') => floor && speed(({ floors }) => (floors as Floors)[verb])
  return [
    row(
      `put ${mebibytes} MiB`,
      speed(({ put }) => put),
      'MiB/s',
      floorSpeed('put'),
    ),
    row(
      `get ${mebibytes} MiB`,
      speed(({ get }) => get),
      'MiB/s',
      floorSpeed('get'),
    ),
    row(
      'put, writer',
      cpuMsPerMebibyte(({ put }) => put.clientCpuSeconds),
      'CPU ms/MiB',
    ),
    row(
      'put, all nodes',
      cpuMsPerMebibyte(({ put }) => put.nodesCpuSeconds),
      'CPU ms/MiB',
    ),
    row(
      'get, reader',
      cpuMsPerMebibyte(({ get }) => get.clientCpuSeconds),
      'CPU ms/MiB',
    ),
    row(
      'get, all nodes',
      cpuMsPerMebibyte(({ get }) => get.nodesCpuSeconds),
      'CPU ms/MiB',
    ),
    row('first byte of 1 MiB, p50', median(firstBytesMs), 'ms'),
    row('writer and reader, peak memory', client.peakBytes / 2 ** 20, 'MiB'),
    row('largest node, peak memory', Math.max(...nodes.map(({ peakBytes }) => peakBytes)) / 2 ** 20, 'MiB'),
    row('p2pstore version', versionMs(), 'ms', bareNodeMs()),
  ]
}

interface Floors {
  readonly put: Timing
  readonly get: Timing
}

interface Round {
  readonly put: Measurement
  readonly get: Measurement
  readonly floors: Floors | undefined
}

/** The floor and the network take turns, so that what slows the machine down slows both. */
async function measureRound(network: Network, floor: Floor | undefined, objectBytes: number): Promise<Round> {
  const floorPut = await floor?.put(objectBytes * expansion)
  const put = await network.put(objectBytes)
  const floorGet = await floor?.get(objectBytes)
  const get = await network.get(put.capability, objectBytes)
  return { put, get, floors: floorPut && floorGet && { put: floorPut, get: floorGet } }
}

class Network {
  readonly #client: Child
  readonly #nodes: readonly Child[]

  constructor(client: Child, nodes: readonly Child[]) {
    this.#client = client
    this.#nodes = nodes
  }

  put(objectBytes: number): Promise<Measurement & { capability: string }> {
    return this.#measured<Timing & { capability: string }>({ do: 'put', objectBytes, scheme })
  }

  async get(capability: string, objectBytes: number): Promise<Measurement> {
    const read = await this.#measured<{ seconds: number; bytes: number }>({ do: 'get', capability })
    if (read.bytes !== objectBytes) throw new Error(`${read.bytes} bytes came back instead of ${objectBytes}`)
    return read
  }

  async firstBytes(): Promise<number[]> {
    const { result } = await this.#client.ask<{ capability: string }>({ do: 'put', objectBytes: smallBytes, scheme })
    const times: number[] = []
    for (let read = 0; read < smallReads; read += 1) {
      const { result: got } = await this.#client.ask<{ firstByteMs: number }>({ do: 'get', ...result })
      times.push(got.firstByteMs)
    }
    return times
  }

  async usage(): Promise<{ client: Usage; nodes: Usage[] }> {
    const [client, ...nodes] = await Promise.all(
      [this.#client, ...this.#nodes].map(async (child) => (await child.ask({ do: 'usage' })).usage),
    )
    return { client: client as Usage, nodes }
  }

  async #measured<Result extends Timing>(job: Record<string, unknown>): Promise<Result & Measurement> {
    const before = await this.usage()
    const { result } = await this.#client.ask<Result>(job)
    const after = await this.usage()
    const sum = (usages: readonly Usage[]) => usages.reduce((total, { cpuSeconds }) => total + cpuSeconds, 0)
    return {
      ...result,
      clientCpuSeconds: after.client.cpuSeconds - before.client.cpuSeconds,
      nodesCpuSeconds: sum(after.nodes) - sum(before.nodes),
    }
  }
}

async function startNetwork(directory: string, children: Child[]): Promise<Network> {
  const nodes = Array.from({ length: nodeCount }, () => new Child(new URL('./node-process.js', import.meta.url)))
  const client = new Child(new URL('./client-process.js', import.meta.url))
  children.push(...nodes, client)
  const homes = nodes.map((_, number) => join(directory, `node-${number}`))
  const [first, ...others] = nodes as [Child, ...Child[]]
  await first.ask({ do: 'start', directory: homes[0] })
  const { result: invite } = await first.ask<string>({ do: 'invite', directory: homes[0] })
  await Promise.all(others.map((node, number) => node.ask({ do: 'start', directory: homes[number + 1], invite })))
  await client.ask({ do: 'start', invite, nodes: nodeCount })
  return new Network(client, nodes)
}

interface Floor {
  put(bytes: number): Promise<Timing>
  get(bytes: number): Promise<Timing>
}

async function startFloor(directory: string, children: Child[]): Promise<Floor> {
  const pem = await selfSigned()
  const servers = Array.from(
    { length: nodeCount },
    () => new Child(new URL('./floor-server-process.js', import.meta.url)),
  )
  const client = new Child(new URL('./floor-client-process.js', import.meta.url))
  children.push(...servers, client)
  const start = (server: Child, number: number) =>
    server.ask<number>({ do: 'start', path: join(directory, `floor-${number}`), ...pem })
  const ports = (await Promise.all(servers.map(start))).map(({ result }) => result)
  const measure = async (verb: 'put' | 'get', bytes: number) =>
    (await client.ask<Timing>({ do: verb, ports, bytesPerServer: Math.ceil(bytes / nodeCount) })).result
  return { put: (bytes) => measure('put', bytes), get: (bytes) => measure('get', bytes) }
}

function versionMs(): number {
  const main = join(dirname(createRequire(import.meta.url).resolve('p2pstore')), 'main.js')
  return timeOf([main, 'version'])
}

function bareNodeMs(): number {
  return timeOf(['--eval', ''])
}

function timeOf(args: readonly string[]): number {
  const times = Array.from({ length: 9 }, () => {
    const startMs = performance.now()
    execFileSync(process.execPath, args)
    return performance.now() - startMs
  })
  return median(times)
}
