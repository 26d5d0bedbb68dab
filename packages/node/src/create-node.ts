import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { SignalOption } from './client.ts'
import { systemClock } from './clock/system-clock.ts'
import { homeFiles, openHome } from './home/home.ts'
import { rememberAddresses } from './home/remember-addresses.ts'
import { silentLogger } from './logger/silent-logger.ts'
import { networkIdOf } from './membership/certificate.ts'
import type { Logger } from './ports/logger.ts'
import { systemRandom } from './random/system-random.ts'
import { StorageNode } from './storage-node.ts'
import { openSegmentStore } from './store/segment/open.ts'

export interface NodeOptions extends SignalOption {
  /** The home that `foundNetwork` or `joinNetwork` made. */
  readonly directory: string
  /** Where shards are kept. Default: `store` in the home. */
  readonly storeDirectory?: string | undefined
  /** Multiaddrs to listen on. Default: TCP port 7420 of every interface. */
  readonly listen?: readonly string[] | undefined
  /** What the store may occupy. Default: the whole file system, less a reserve. */
  readonly capacityBytes?: number | undefined
  /** Nodes of one domain may fail together: a machine, a rack, a site. Default: the node alone. */
  readonly domain?: string | undefined
  /** Multiaddrs of members to start with, besides those the home knows. */
  readonly bootstrap?: readonly string[] | undefined
  /** Look for members on the local network too. Default false. */
  readonly mdns?: boolean | undefined
  /** Default: none. */
  readonly logger?: Logger | undefined
}

export const defaultListen = ['/ip4/0.0.0.0/tcp/7420'] as const

/**
 * Starts a storage node. It serves until it is closed, also while none of the other members can be reached.
 * @throws HomeError, IdentityError, MembershipError, StoreError DIRECTORY_IN_USE, TransportError ADDRESS_IN_USE
 */
export async function createNode(options: NodeOptions): Promise<StorageNode> {
  const home = await openHome(options.directory)
  const logger = options.logger ?? silentLogger
  const clock = systemClock
  const directory = options.storeDirectory ?? join(home.directory, homeFiles.store)
  const capacityBytes = options.capacityBytes ?? (await fileSystemBytes(home.directory))
  const store = await openSegmentStore({ directory, capacityBytes, clock, logger, random: systemRandom })
  try {
    const { createLibp2pTransport } = await import('./transport/libp2p/transport.ts')
    const bootstrap = [...home.bootstrap, ...(options.bootstrap ?? [])]
    const transport = createLibp2pTransport({
      identity: home.identity,
      listen: options.listen ?? defaultListen,
      bootstrap,
      networkId: Buffer.from(networkIdOf(home.credential.authority)).toString('hex'),
      mdns: options.mdns ?? false,
    })
    const { identity, credential } = home
    const parts = { identity, credential, transport, clock, random: systemRandom, logger, bootstrap, store }
    const node = new StorageNode({ ...parts, domain: options.domain })
    await node.start(options)
    await rememberAddresses(node, home, clock, logger)
    return node
  } catch (failure) {
    await store.close()
    throw failure
  }
}

async function fileSystemBytes(directory: string): Promise<number> {
  const { bsize, blocks } = await statfs(directory)
  return bsize * blocks
}
