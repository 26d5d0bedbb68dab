/** One writer and one reader, in turns with the floor's. */
import { median, type Row, row } from '../benchmark.ts'
import type { Usage } from '../child.ts'
import type { Member, Timing } from '../deployment/deployment.ts'
import { inRounds, mebibytes, type Plan } from './plan.ts'

interface Measurement extends Timing {
  readonly clientCpuSeconds: number
  readonly nodesCpuSeconds: number
}

interface Round {
  readonly put: Measurement
  readonly get: Measurement
  /** NaN without a floor. */
  readonly floorPutSeconds: number
  readonly floorGetSeconds: number
}

export async function measureOneClient(plan: Plan): Promise<Row[]> {
  const rounds = await inRounds(
    plan,
    'one client',
    () => measureRound(plan),
    ({ put, get }) => `put ${put.seconds.toFixed(2)} s, get ${get.seconds.toFixed(2)} s`,
  )
  const size = mebibytes(plan.objectBytes)
  const middle = (figure: (round: Round) => number): number => median(rounds.map(figure))
  const speed = (name: string, seconds: (round: Round) => number, floorSeconds: (round: Round) => number): Row =>
    row(name, size / middle(seconds), 'MiB/s', plan.floor && size / middle(floorSeconds))
  const cpu = (name: string, seconds: (round: Round) => number): Row =>
    row(name, (1000 * middle(seconds)) / size, 'CPU ms/MiB')
  return [
    speed(
      `put ${size} MiB`,
      ({ put }) => put.seconds,
      (round) => round.floorPutSeconds,
    ),
    speed(
      `get ${size} MiB`,
      ({ get }) => get.seconds,
      (round) => round.floorGetSeconds,
    ),
    cpu('put, writer', ({ put }) => put.clientCpuSeconds),
    cpu('put, all nodes', ({ put }) => put.nodesCpuSeconds),
    cpu('get, reader', ({ get }) => get.clientCpuSeconds),
    cpu('get, all nodes', ({ get }) => get.nodesCpuSeconds),
  ]
}

/** The floor and the network take turns, so that what slows the machine down slows both. */
async function measureRound(plan: Plan): Promise<Round> {
  const { floorClient, writer, reader, objectBytes } = plan
  const floorPut = await floorClient?.put(objectBytes)
  const put = await measured(plan, writer, () => writer.put(objectBytes))
  const floorGet = await floorClient?.get(objectBytes)
  const get = await measured(plan, reader, () => reader.get(put.capability, objectBytes))
  return {
    put,
    get,
    floorPutSeconds: floorPut?.seconds ?? Number.NaN,
    floorGetSeconds: floorGet?.seconds ?? Number.NaN,
  }
}

async function measured<Result extends Timing>(
  { deployment }: Plan,
  client: Member,
  job: () => Promise<Result>,
): Promise<Result & Measurement> {
  const usages = () => Promise.all([client.usage(), deployment.nodesUsage()])
  const [clientBefore, nodesBefore] = await usages()
  const result = await job()
  const [clientAfter, nodes] = await usages()
  const sum = (parts: readonly Usage[]) => parts.reduce((total, { cpuSeconds }) => total + cpuSeconds, 0)
  return {
    ...result,
    clientCpuSeconds: clientAfter.cpuSeconds - clientBefore.cpuSeconds,
    nodesCpuSeconds: sum(nodes) - sum(nodesBefore),
  }
}
