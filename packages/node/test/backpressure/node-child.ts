/**
 * A storage node in a process of its own, the founder of a network, whose disk can be told to `hold` all writes and to
 * `release` them. Says where it is, and answers `report` with what the disk was asked for. Ends with its parent.
 */
import { join } from 'node:path'
import { systemClock } from '../../src/clock/system-clock.ts'
import { foundNetwork, openHome } from '../../src/home/home.ts'
import { silentLogger } from '../../src/logger/silent-logger.ts'
import { networkIdOf } from '../../src/membership/certificate.ts'
import type { ShardStore } from '../../src/ports/shard-store.ts'
import { systemRandom } from '../../src/random/system-random.ts'
import { StorageNode } from '../../src/storage-node.ts'
import { openSegmentStore } from '../../src/store/segment/open.ts'
import { createLibp2pTransport } from '../../src/transport/libp2p/transport.ts'

const [, , directory = ''] = process.argv
const surroundings = { clock: systemClock, random: systemRandom, logger: silentLogger }
await foundNetwork(directory, systemRandom)
const { identity, credential, roll } = await openHome(directory, systemClock)
const disk = await openSegmentStore({ ...surroundings, directory: join(directory, 'store'), capacityBytes: 1 << 30 })

let [waitingBytes, readBytes] = [0, 0]
let held: { until: Promise<void>; release: () => void } | undefined

const put: ShardStore['put'] = async (write, options) => {
  waitingBytes += write.body.byteLength
  await held?.until
  waitingBytes -= write.body.byteLength
  return disk.put(write, options)
}
const get: ShardStore['get'] = async (...range) => {
  const body = await disk.get(...range)
  readBytes += body?.length ?? 0
  return body
}
const store = new Proxy<ShardStore>(disk, {
  get(target, name) {
    if (name === 'put') return put
    if (name === 'get') return get
    const found: unknown = Reflect.get(target, name)
    return typeof found === 'function' ? found.bind(target) : found
  },
})

const networkId = Buffer.from(networkIdOf(credential.authority)).toString('hex')
const transport = createLibp2pTransport({ identity, networkId, listen: ['/ip4/127.0.0.1/tcp/0'] })
const node = new StorageNode({ ...surroundings, identity, credential, roll, transport, store, bootstrap: [] })
await node.start()

process.on('disconnect', () => process.exit())
process.on('message', (order) => {
  if (order === 'hold') {
    let release = (): void => {}
    const until = new Promise<void>((resolve) => {
      release = resolve
    })
    held = { until, release }
  } else if (order === 'release') {
    held?.release()
    held = undefined
  } else {
    process.send?.({ waitingBytes, readBytes, residentBytes: process.memoryUsage.rss() })
  }
})
process.send?.({ addresses: node.addresses() })
