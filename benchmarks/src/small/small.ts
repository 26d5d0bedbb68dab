/**
 * Objects of 4 KiB, 64 in flight, put into six node processes and got back by one client, against raw TLS 1.3 sockets between
 * as many processes that carry the same bytes: for a put three requests of 4 KiB with an answer of a byte each, as many as there
 * are copies of an object so small, for a get one request of a byte with an answer of 4 KiB. The floor keeps nothing and checks
 * nothing. Both take turns; figures are medians of the rounds after the first eight, which warm: a node has a sixth of the requests,
 * and runs what is compiled for it after some thousand.
 *
 * Options: `--rounds N` that count (5), `--objects N` in a round (2000).
 */
import { parseArgs } from 'node:util'
import { type Benchmark, median, type Row, row } from '../benchmark.ts'
import { Child } from '../child.ts'
import { type Member, nodeCount, startDeployment } from '../deployment/deployment.ts'
import { selfSigned } from '../floor/certificate.ts'
import { withProcesses } from '../processes.ts'
import type { Verb } from './raw-exchange.ts'

const objectBytes = 4096
const inFlight = 64
const warmingRounds = 8
/** Of an object that lies in its manifest, with `rs:4+2`. */
const copies = 3

export const small: Benchmark = {
  run(options, report) {
    const { values } = parseArgs({
      args: [...options],
      options: { rounds: { type: 'string' }, objects: { type: 'string' } },
    })
    return withProcesses(async (directory, children) => {
      const floor = await startRaw(children)
      const deployment = await startDeployment(directory, children)
      const member = await deployment.addMember()
      const plan = { rounds: Number(values.rounds ?? 5), count: Number(values.objects ?? 2000), report }
      return measure(member, floor, plan)
    })
  },
}

interface Plan {
  readonly rounds: number
  readonly count: number
  readonly report: (text: string) => void
}

async function measure(member: Member, floor: Child, { rounds, count, report }: Plan): Promise<Row[]> {
  const rates = { put: [] as number[], get: [] as number[], floorPut: [] as number[], floorGet: [] as number[] }
  for (let round = 1 - warmingRounds; round <= rounds; round++) {
    const floorPut = await raw(floor, 'put', count, copies)
    const put = await member.putMany(count, objectBytes, inFlight)
    const floorGet = await raw(floor, 'get', count, 1)
    const get = await member.getMany(put.capabilities, objectBytes, inFlight)
    report(`round ${round} of ${rounds}: put ${put.seconds.toFixed(2)} s, get ${get.seconds.toFixed(2)} s`)
    if (round < 1) continue
    rates.put.push(count / put.seconds)
    rates.get.push(count / get.seconds)
    rates.floorPut.push(count / floorPut)
    rates.floorGet.push(count / floorGet)
  }
  return [
    row(`put 4 KiB, ${inFlight} in flight`, median(rates.put), '/s', median(rates.floorPut)),
    row(`get 4 KiB, ${inFlight} in flight`, median(rates.get), '/s', median(rates.floorGet)),
  ]
}

/** Seconds. */
async function raw(client: Child, verb: Verb, count: number, requests: number): Promise<number> {
  return (await client.ask<number>({ do: 'objects', verb, count, requests, inFlight })).result
}

async function startRaw(children: Child[]): Promise<Child> {
  const pem = await selfSigned()
  const servers = Array.from(
    { length: nodeCount },
    () => new Child(new URL('./raw-server-process.js', import.meta.url)),
  )
  const client = new Child(new URL('./raw-client-process.js', import.meta.url))
  children.push(...servers, client)
  const ports = await Promise.all(
    servers.map(async (server) => (await server.ask<number>({ do: 'start', ...pem })).result),
  )
  await client.ask({ do: 'start', ports })
  return client
}
