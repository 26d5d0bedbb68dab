import { Client, type ClientParts } from './client.ts'
import type { ShardStore, StoreUsage } from './ports/shard-store.ts'
import { shardHandlers } from './serve/serve-shards.ts'

export interface StorageNodeParts extends ClientParts {
  /** Closed together with the node. */
  readonly store: ShardStore
  /** Nodes of one domain may fail together. Default: the node's own peer id. */
  readonly domain?: string | undefined
}

/** A client that also keeps shards for others and answers their requests. */
export class StorageNode extends Client {
  readonly #store: ShardStore

  /** @throws MembershipError when the credential is not good for this identity */
  constructor(parts: StorageNodeParts) {
    const { identity, store, transport } = parts
    super(parts, {
      handlers: shardHandlers(store),
      describeSelf: () => {
        const { capacityBytes: totalBytes, freeBytes } = store.usage()
        return {
          peerId: identity.peerId,
          role: 'storage',
          addresses: transport.addresses().slice(0, maximumAddresses),
          units: [{ id: 'store', totalBytes, freeBytes: Math.min(freeBytes, totalBytes) }],
          domain: parts.domain ?? identity.peerId,
          draining: false,
        }
      },
    })
    this.#store = store
  }

  /** Where the node can be dialled. */
  addresses(): string[] {
    return this.parts.transport.addresses()
  }

  usage(): StoreUsage {
    return this.#store.usage()
  }

  override async close(): Promise<void> {
    await super.close()
    await this.#store.close()
  }
}

/** As many as a member record carries. */
const maximumAddresses = 16
