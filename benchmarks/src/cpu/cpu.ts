/**
 * CPU seconds that a GiB of an object takes, by part, in the client and in all six nodes together: from profiles taken in each
 * process while it is put and got. The profiler itself takes a few percent. Parts below a hundredth of a second are left out.
 *
 * Options: `--size MiB` of the object (512), `--rounds N` that count (2); before them one warms up.
 */
import { parseArgs } from 'node:util'
import { type Benchmark, type Row, row } from '../benchmark.ts'
import { type Deployment, type Member, startDeployment } from '../deployment/deployment.ts'
import { withProcesses } from '../processes.ts'
import { parts } from './parts.ts'
import type { CpuByPart } from './profile.ts'

const leastSeconds = 0.01

export const cpu: Benchmark = {
  run(options, report) {
    const { values } = parseArgs({
      args: [...options],
      options: { size: { type: 'string' }, rounds: { type: 'string' } },
    })
    const mebibytes = Number(values.size ?? 512)
    const rounds = Number(values.rounds ?? 2)
    return withProcesses(async (directory, children) => {
      const deployment = await startDeployment(directory, children)
      const member = await deployment.addMember()
      const objectBytes = mebibytes * 2 ** 20
      const { capability } = await member.put(objectBytes)
      await member.get(capability, objectBytes)
      report('warmed up')
      const gibibytes = (rounds * mebibytes) / 1024
      const put = await profiled(deployment, member, rounds, () => member.put(objectBytes))
      report('put')
      const get = await profiled(deployment, member, rounds, () => member.get(capability, objectBytes))
      report('get')
      return [...rowsOf('put', put, gibibytes), ...rowsOf('get', get, gibibytes)]
    })
  },
}

interface Profiles {
  readonly client: readonly CpuByPart[]
  readonly nodes: readonly CpuByPart[]
}

async function profiled(
  deployment: Deployment,
  member: Member,
  rounds: number,
  job: () => Promise<unknown>,
): Promise<Profiles> {
  await Promise.all([member.startProfile(), deployment.startProfiles()])
  for (let round = 0; round < rounds; round++) await job()
  const [client, nodes] = await Promise.all([member.stopProfile(), deployment.stopProfiles()])
  return { client: [client], nodes }
}

function rowsOf(verb: string, { client, nodes }: Profiles, gibibytes: number): Row[] {
  return [...rowsOfSide(`${verb}, client`, client, gibibytes), ...rowsOfSide(`${verb}, nodes`, nodes, gibibytes)]
}

function rowsOfSide(side: string, profiles: readonly CpuByPart[], gibibytes: number): Row[] {
  const sum = (figure: (profile: CpuByPart) => number): number =>
    profiles.reduce((total, profile) => total + figure(profile), 0) / gibibytes
  const ofParts = parts.map((part) => ({ name: part as string, seconds: sum(({ mainThread }) => mainThread[part]) }))
  const all = [...ofParts, { name: 'other threads', seconds: sum(({ otherThreads }) => otherThreads) }]
  const total = all.reduce((seconds, part) => seconds + part.seconds, 0)
  return [
    ...all
      .filter(({ seconds }) => seconds >= leastSeconds)
      .map(({ name, seconds }) => row(`${side}: ${name}`, seconds, 'CPU s/GiB')),
    row(`${side}: together`, total, 'CPU s/GiB'),
  ]
}
