import { createMender } from './care/mender.ts'
import { Client, type SignalOption } from './client.ts'
import type { Recurring } from './clock/recurring.ts'
import { LocalControl } from './control/local-control.ts'
import { createDrain } from './drain/drain.ts'
import type { JoinOutcome } from './gossip/gossip.ts'
import { MembershipError } from './membership/membership-error.ts'
import type { ClientParts } from './participant.ts'
import type { ShardStore, StoreUsage } from './ports/shard-store.ts'
import { Rebalance } from './rebalance/rebalance.ts'
import type { Scrub } from './scrub/scrub.ts'
import { NodeDescription } from './self/node-description.ts'
import { Reachability } from './self/reachability.ts'
import { ServiceMeter } from './self/service-meter.ts'
import { storeRecord, unitRecords } from './self/unit-records.ts'
import type { Whereabouts } from './self/whereabouts.ts'
import { controlHandlers } from './serve/serve-control.ts'
import { forwardHandler } from './serve/serve-forward.ts'
import { reachHandler } from './serve/serve-reach.ts'
import { rebalanceHandlers } from './serve/serve-rebalance.ts'
import { shardHandlers } from './serve/serve-shards.ts'
import type { Units } from './store/units/units.ts'

export interface StorageNodeParts extends ClientParts, Whereabouts {
  /** Closed together with the node. */
  readonly store: ShardStore
  /** What the node's operator sees and changes. Default: the store is one unit, which nobody scrubs. */
  readonly upkeep?: { readonly units: Units; readonly scrub: Scrub } | undefined
  /** Between two times at which others are asked whether they can dial the node. Default 60,000. */
  readonly reachIntervalMs?: number | undefined
}

/** A client that also keeps shards for others and answers their requests. */
export class StorageNode extends Client {
  readonly #store: ShardStore
  readonly #scrub: Scrub | undefined
  readonly #description: NodeDescription
  readonly #drain: Recurring | undefined
  readonly #mender: Recurring | undefined
  readonly #rebalance: Rebalance
  readonly #reachability: Reachability

  /**
   * @throws MembershipError when the credential is not good for this identity; RangeError when the whereabouts can't be
   * told
   */
  constructor(parts: StorageNodeParts) {
    const { identity, store, transport, upkeep } = parts
    const { peerId } = identity
    const service = new ServiceMeter(parts.clock)
    const description = new NodeDescription({
      peerId,
      addresses: () => transport.addresses(),
      units: () => (upkeep ? unitRecords(upkeep.units.report()) : [storeRecord(store)]),
      service,
      whereabouts: parts,
    })
    const rebalance = new Rebalance(store)
    super(parts, {
      handlers: (network) =>
        new Map([
          ...service.watch(shardHandlers(store, upkeep?.units)),
          forwardHandler(network, parts.logger),
          reachHandler(transport, parts.clock),
          ...rebalanceHandlers(rebalance),
          ...(upkeep ? controlHandlers(new LocalControl(upkeep), peerId) : []),
        ]),
      description,
    })
    this.#store = store
    this.#rebalance = rebalance
    this.#description = description
    this.#reachability = new Reachability({
      ...{ network: this.peer.network, transport, clock: parts.clock, random: parts.random, logger: parts.logger },
      intervalMs: parts.reachIntervalMs,
      onChange: (isUnreachable) => {
        description.isUnreachable = isUnreachable
      },
    })
    this.#scrub = upkeep?.scrub
    this.#drain = upkeep && this.#drainOf(upkeep.units)
    this.#mender = upkeep && createMender(upkeep.scrub, store, this.peer)
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

  /** Whether it is being emptied: it still serves reads, and others place nothing new on it. */
  get isDraining(): boolean {
    return this.#description.isDraining
  }

  /** Others learn of a change at once. */
  set isDraining(isDraining: boolean) {
    this.#description.isDraining = isDraining
  }

  usage(): StoreUsage {
    return this.#store.usage()
  }

  override async start(options: SignalOption = {}): Promise<JoinOutcome> {
    const outcome = await super.start(options)
    this.#drain?.start()
    this.#mender?.start()
    this.#rebalance.start(this.peer)
    this.#reachability.start()
    this.#scrub?.start((detail) => {
      this.events.dispatchEvent(new CustomEvent('damaged-shard', { detail }))
      this.#mender?.wake()
    })
    return outcome
  }

  override async close(): Promise<void> {
    await this.#drain?.stop()
    await this.#mender?.stop()
    await this.#rebalance.close()
    await this.#reachability.stop()
    await super.close()
    await this.#scrub?.stop()
    await this.#store.close()
  }

  /** What is to leave the store goes to other nodes, and these hear whether anything new may come. */
  #drainOf(units: Units): Recurring {
    const drain = createDrain(units, this.peer)
    this.isDraining = units.isDraining
    units.onDeparture(() => {
      this.isDraining = units.isDraining
      drain.wake()
    })
    return drain
  }
}
