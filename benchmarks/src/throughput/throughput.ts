/**
 * How fast objects go in and out of six node processes on loopback, as a share of what the machine can do at all: of
 * the floor, floor/floor.ts. Both are done in turns in one run, so that a machine that slows down slows both; figures
 * are medians, of all rounds but the first few, in which engines still compile.
 *
 * Options: `--size MiB` of the object (512), `--crowd MiB` of each object when several clients are at work (64), `--rounds N`
 * that count (5), `--warm-up N` that don't (8), `--floor off` to measure p2pstore alone.
 */
import { parseArgs } from 'node:util'
import { type Benchmark, median, type Row, row } from '../benchmark.ts'
import { type Member, startDeployment } from '../deployment/deployment.ts'
import { startFloor } from '../floor/floor.ts'
import { withProcesses } from '../processes.ts'
import { measureLostNodes } from './lost-nodes.ts'
import { measureManyClients } from './many-clients.ts'
import { measureOneClient } from './one-client.ts'
import { mebibytes, type Plan } from './plan.ts'
import { measureStart } from './start.ts'

const smallBytes = 1 << 20
const smallReads = 50

export const throughput: Benchmark = {
  run(options, report) {
    const { values } = parseArgs({
      args: [...options],
      options: {
        size: { type: 'string' },
        crowd: { type: 'string' },
        rounds: { type: 'string' },
        'warm-up': { type: 'string' },
        floor: { type: 'string' },
      },
    })
    return withProcesses(async (directory, children) => {
      const floor = values.floor === 'off' ? undefined : await startFloor(directory, children)
      const deployment = await startDeployment(directory, children)
      return measure({
        deployment,
        floor,
        writer: await deployment.addMember(),
        reader: await deployment.addMember(),
        floorClient: floor?.addClient(),
        objectBytes: Number(values.size ?? 512) * 2 ** 20,
        crowdBytes: Number(values.crowd ?? 64) * 2 ** 20,
        rounds: Number(values.rounds ?? 5),
        warmUpRounds: Number(values['warm-up'] ?? 8),
        report,
      })
    })
  },
}

async function measure(plan: Plan): Promise<Row[]> {
  const { writer, reader, deployment } = plan
  const oneClient = await measureOneClient(plan)
  const firstByte = row('first byte of 1 MiB, p50', await firstByteMs(plan), 'ms')
  const manyClients = await measureManyClients(plan)
  const peakOf = async (client: Member): Promise<number> => (await client.usage()).peakBytes
  const peaks = { writer: await peakOf(writer), reader: await peakOf(reader) }
  const nodePeaks = (await deployment.nodesUsage()).map((usage) => usage.peakBytes)
  const lostNodes = await measureLostNodes(plan)
  return [
    ...oneClient,
    manyClients,
    lostNodes,
    firstByte,
    row('writer, peak memory', mebibytes(peaks.writer), 'MiB'),
    row('reader, peak memory', mebibytes(peaks.reader), 'MiB'),
    row('largest node, peak memory', mebibytes(Math.max(...nodePeaks)), 'MiB'),
    measureStart(),
  ]
}

async function firstByteMs({ writer, reader }: Plan): Promise<number> {
  const { capability } = await writer.put(smallBytes)
  const times: number[] = []
  for (let read = 0; read < smallReads; read += 1) times.push((await reader.get(capability, smallBytes)).firstByteMs)
  return median(times)
}
