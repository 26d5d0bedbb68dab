/**
 * What a stream between two processes costs, as a share of a raw TLS 1.3 socket between the same two: bytes per second when
 * 1 MiB replies are pipelined, 8 in flight, with each way to encrypt; and the round trip of a request of 1 KiB whose answer is
 * as long, one at a time, by our rpc. All take turns in every round; figures are medians, of all rounds but the first.
 *
 * Options: `--rounds N` that count (5), `--replies N` of 1 MiB in a round (256), `--calls N` in a round (2000).
 */
import { parseArgs } from 'node:util'
import { type Benchmark, median, type Row, row } from '../benchmark.ts'
import { Child } from '../child.ts'
import { selfSigned } from '../floor/certificate.ts'
import { withProcesses } from '../processes.ts'

const encryptions = ['native-tls', 'libp2p-tls', 'noise'] as const
const names = ['raw', ...encryptions] as const
const inFlight = 8

interface Plan {
  readonly rounds: number
  readonly replies: number
  readonly calls: number
  readonly report: (text: string) => void
}

export const streams: Benchmark = {
  run(options, report) {
    const { values } = parseArgs({
      args: [...options],
      options: { rounds: { type: 'string' }, replies: { type: 'string' }, calls: { type: 'string' } },
    })
    const plan = {
      rounds: Number(values.rounds ?? 5),
      replies: Number(values.replies ?? 256),
      calls: Number(values.calls ?? 2000),
      report,
    }
    return withProcesses(async (_, children) => {
      const [server, client] = ['server', 'client'].map(
        (end) => new Child(new URL(`./${end}-process.js`, import.meta.url)),
      )
      children.push(server!, client!)
      await connect(server!, client!)
      return [...(await measureReplies(client!, plan)), await measureRoundTrip(client!, plan)]
    })
  },
}

async function connect(server: Child, client: Child): Promise<void> {
  const { result: ports } = await server.ask<number[]>({ do: 'listenRaw', ...(await selfSigned()) })
  await client.ask({ do: 'openRaw', name: 'raw', port: ports[0] })
  await client.ask({ do: 'openRaw', name: 'raw round trip', port: ports[1] })
  for (const encryption of encryptions) {
    const { result } = await server.ask({ do: 'listenStream', encryption })
    await client.ask({ do: 'openStream', name: encryption, encryption, server: result })
  }
  const { result } = await server.ask({ do: 'listenRpc' })
  await client.ask({ do: 'openRpc', server: result })
}

async function measureReplies(client: Child, { rounds, replies, report }: Plan): Promise<Row[]> {
  const speeds = new Map<string, number[]>(names.map((name) => [name, []]))
  for (let round = 0; round <= rounds; round++) {
    for (const name of names) {
      const { result: seconds } = await client.ask<number>({ do: 'takeReplies', name, count: replies, inFlight })
      report(`replies, round ${round} of ${rounds}: ${name} ${Math.round(replies / seconds)} MiB/s`)
      if (round > 0) speeds.get(name)?.push(replies / seconds)
    }
  }
  const speedOf = (name: string): number => median(speeds.get(name) ?? [])
  return encryptions.map((name) => row(`pipelined 1 MiB, ${name} / raw TLS`, speedOf(name), 'MiB/s', speedOf('raw')))
}

async function measureRoundTrip(client: Child, { rounds, calls, report }: Plan): Promise<Row> {
  const timesUs = { rpc: [] as number[], raw: [] as number[] }
  for (let round = 0; round <= rounds; round++) {
    const raw = await client.ask<number[]>({ do: 'roundTripsRaw', name: 'raw round trip', count: calls })
    const rpc = await client.ask<number[]>({ do: 'roundTripsRpc', count: calls })
    const [rawUs, rpcUs] = [median(raw.result), median(rpc.result)]
    report(`round trips, round ${round} of ${rounds}: rpc ${Math.round(rpcUs)} µs, raw ${Math.round(rawUs)} µs`)
    if (round === 0) continue
    timesUs.rpc.push(rpcUs)
    timesUs.raw.push(rawUs)
  }
  return row('round trip of 1 KiB, p50, rpc / raw TLS', median(timesUs.rpc), 'µs', median(timesUs.raw))
}
