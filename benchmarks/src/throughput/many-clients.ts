/** Four writers and four readers at once, each in a process of its own, in turns with as many of the floor's. */
import { median, type Row, row } from '../benchmark.ts'
import { inRounds, mebibytes, type Plan } from './plan.ts'

const clientsPerVerb = 4

export async function measureManyClients(plan: Plan): Promise<Row> {
  const { deployment, floor, writer, crowdBytes } = plan
  const writers = await several(() => deployment.addMember())
  const readers = await several(() => deployment.addMember())
  const floorWriters = await several(async () => floor?.addClient())
  const floorReaders = await several(async () => floor?.addClient())
  const { capability } = await writer.put(crowdBytes)
  await plan.floorClient?.put(crowdBytes)
  const round = async () => {
    const floorSeconds = await timeOf([
      ...floorWriters.map((client) => () => client?.put(crowdBytes)),
      ...floorReaders.map((client) => () => client?.get(crowdBytes)),
    ])
    const seconds = await timeOf([
      ...writers.map((client) => () => client.put(crowdBytes)),
      ...readers.map((client) => () => client.get(capability, crowdBytes)),
    ])
    return { seconds, floorSeconds }
  }
  const rounds = await inRounds(plan, 'many clients', round, ({ seconds }) => `${seconds.toFixed(2)} s`)
  const size = mebibytes(2 * clientsPerVerb * crowdBytes)
  const speed = (figure: (taken: (typeof rounds)[number]) => number): number => size / median(rounds.map(figure))
  return row(
    `${clientsPerVerb} writers and ${clientsPerVerb} readers of ${mebibytes(crowdBytes)} MiB, together`,
    speed(({ seconds }) => seconds),
    'MiB/s',
    floor && speed(({ floorSeconds }) => floorSeconds),
  )
}

/** One after the other: starting takes each of them all of a core. */
async function several<T>(make: () => Promise<T>): Promise<T[]> {
  const made: T[] = []
  while (made.length < clientsPerVerb) made.push(await make())
  return made
}

/** Of all jobs at once, in seconds. */
async function timeOf(jobs: readonly (() => Promise<unknown> | undefined)[]): Promise<number> {
  const startMs = performance.now()
  await Promise.all(jobs.map((job) => job()))
  return (performance.now() - startMs) / 1000
}
