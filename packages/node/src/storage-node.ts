import type { Outlook, UnitRecord } from '@p2pstore/state'
import { Client, type ClientParts, type SignalOption } from './client.ts'
import { LocalControl } from './control/local-control.ts'
import type { JoinOutcome } from './gossip/gossip.ts'
import { MembershipError } from './membership/membership-error.ts'
import type { ShardStore, StoreUsage } from './ports/shard-store.ts'
import type { Scrub } from './scrub/scrub.ts'
import { controlHandlers } from './serve/serve-control.ts'
import { shardHandlers } from './serve/serve-shards.ts'
import type { UnitReport } from './store/units/unit.ts'
import type { Units } from './store/units/units.ts'

export interface StorageNodeParts extends ClientParts {
  /** Closed together with the node. */
  readonly store: ShardStore
  /** What the node's operator sees and changes. Default: the store is one unit, which nobody scrubs. */
  readonly upkeep?: { readonly units: Units; readonly scrub: Scrub } | undefined
  /** What policies and people may choose the node by. Default none. */
  readonly tags?: readonly string[] | undefined
  /** Nodes of one domain may fail together. Default: the node's own peer id. */
  readonly domain?: string | undefined
}

/** A client that also keeps shards for others and answers their requests. */
export class StorageNode extends Client {
  readonly #store: ShardStore
  readonly #scrub: Scrub | undefined

  /** @throws MembershipError when the credential is not good for this identity */
  constructor(parts: StorageNodeParts) {
    const { identity, store, transport, upkeep } = parts
    super(parts, {
      handlers: new Map([
        ...shardHandlers(store),
        ...(upkeep ? controlHandlers(new LocalControl(upkeep), identity.peerId) : []),
      ]),
      describeSelf: () => ({
        peerId: identity.peerId,
        roles: ['storage'],
        addresses: transport.addresses().slice(0, maximumAddresses),
        units: unitRecords(parts),
        domain: parts.domain ?? identity.peerId,
        tags: parts.tags ?? [],
        draining: false,
      }),
    })
    this.#store = store
    this.#scrub = upkeep?.scrub
    if (this.role !== 'storage') {
      throw new MembershipError(
        'NOT_PERMITTED',
        `this member was let in as a ${this.role}: it may not store for others`,
      )
    }
  }

  /** Where the node can be dialled. */
  addresses(): string[] {
    return this.parts.transport.addresses()
  }

  usage(): StoreUsage {
    return this.#store.usage()
  }

  override async start(options: SignalOption = {}): Promise<JoinOutcome> {
    const outcome = await super.start(options)
    this.#scrub?.start((detail) => this.events.dispatchEvent(new CustomEvent('damaged-shard', { detail })))
    return outcome
  }

  override async close(): Promise<void> {
    await super.close()
    await this.#scrub?.stop()
    await this.#store.close()
  }
}

/** What a member record says of the units; of one that was never open not even a name is known. */
function unitRecords({ store, upkeep }: StorageNodeParts): UnitRecord[] {
  const all = upkeep?.units.report().filter(({ name, place }) => name !== place)
  return all === undefined
    ? [{ ...roomOf('store', store.usage()), outlook: 'good' }]
    : all.map((unit) => ({ ...roomOf(unit.name, unit), outlook: outlookOf(unit) }))
}

function roomOf(id: string, { capacityBytes: totalBytes, freeBytes }: StoreUsage): Omit<UnitRecord, 'outlook'> {
  return { id, totalBytes, freeBytes: Math.min(freeBytes, totalBytes) }
}

/** A disk that has refused more than a request or two is about to go; one that is slow or has lost bytes has been used. */
function outlookOf({ state, health }: UnitReport): Outlook {
  const { readErrors, writeErrors, damagedReads, isSlow, disk } = health
  if (state === 'failed' || disk === 'failing' || readErrors + writeErrors >= failingErrors) return 'failing'
  return readErrors + writeErrors + damagedReads > 0 || isSlow ? 'worn' : 'good'
}

const failingErrors = 3

/** As many as a member record carries. */
const maximumAddresses = 16
