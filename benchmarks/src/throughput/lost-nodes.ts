/** The same object read with all nodes up, and then without two of them: most of its stripes lack data shards. */
import { median, type Row, row } from '../benchmark.ts'
import { nodeCount } from '../deployment/deployment.ts'
import { inRounds, mebibytes, type Plan } from './plan.ts'

const lostNodes = 2
const attempts = 10

/** Nodes stay lost: this goes last. */
export async function measureLostNodes(plan: Plan): Promise<Row> {
  const { deployment, reader, objectBytes } = plan
  const capability = await storeApart(plan)
  const speedOf = async (name: string): Promise<number> => {
    const get = () => reader.get(capability, objectBytes)
    const rounds = await inRounds(plan, name, get, ({ seconds }) => `get ${seconds.toFixed(2)} s`)
    return mebibytes(objectBytes) / median(rounds.map(({ seconds }) => seconds))
  }
  const healthy = await speedOf('all nodes up')
  await deployment.lose(lostNodes)
  return row(`get with ${lostNodes} nodes down / all up`, await speedOf(`${lostNodes} nodes down`), 'MiB/s', healthy)
}

/** An object that survives the loss: when nodes are too busy to answer, others take their shards as well. */
async function storeApart({ writer, objectBytes }: Plan): Promise<string> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const { capability, nodesPerStripe } = await writer.put(objectBytes)
    if (nodesPerStripe === nodeCount) return capability
  }
  throw new Error('the machine is too busy: the shards of a stripe never went to as many nodes')
}
