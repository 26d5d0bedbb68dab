import type { UnitRecord } from '@p2pstore/state'
import type { GivenDescription } from '../gossip/gossip.ts'
import { observedPrefix } from '../gossip/observed-prefix.ts'
import { maximumShardBytes } from '../ports/shard-store.ts'
import type { ServiceMeter } from './service-meter.ts'
import { checkWhereabouts, claimedDomain, geographyOf, topologyOf, type Whereabouts } from './whereabouts.ts'

export interface NodeDescriptionParts {
  readonly peerId: string
  /** Where the node can be dialled now. */
  readonly addresses: () => readonly string[]
  readonly units: () => readonly UnitRecord[]
  readonly service: ServiceMeter
  readonly whereabouts: Whereabouts
}

/** What a full node must have free before it says that it takes shards again: 16 of the largest. */
const roomBytes = 16 * maximumShardBytes
/** As many as a member record carries. */
const maximumAddresses = 16

/** What a storage node says of itself to all others, put together anew whenever it is asked for. */
export class NodeDescription {
  readonly #parts: NodeDescriptionParts
  #isDraining = false
  #isUnreachable = false
  #hasRoom = true
  #onChange = (): void => {}

  /** @throws RangeError when the whereabouts can't be told */
  constructor(parts: NodeDescriptionParts) {
    checkWhereabouts(parts.whereabouts)
    this.#parts = parts
  }

  /** Whether the node is being emptied: it still serves reads, and others place nothing new on it. */
  get isDraining(): boolean {
    return this.#isDraining
  }

  /** Others learn of a change at once. */
  set isDraining(isDraining: boolean) {
    if (isDraining === this.#isDraining) return
    this.#isDraining = isDraining
    this.#onChange()
  }

  /** Whether no other member can dial the node. Others learn of a change at once. */
  set isUnreachable(isUnreachable: boolean) {
    if (isUnreachable === this.#isUnreachable) return
    this.#isUnreachable = isUnreachable
    this.#onChange()
  }

  /** @param tell called when something has changed that others should hear of without delay */
  onChange(tell: () => void): void {
    this.#onChange = tell
  }

  describe(): GivenDescription {
    const { peerId, whereabouts, service } = this.#parts
    const addresses = this.#parts.addresses().slice(0, maximumAddresses)
    const units = this.#parts.units()
    const performance = service.performance()
    const geography = geographyOf(whereabouts)
    const topology = topologyOf(whereabouts, ownPrefix(addresses))
    return {
      peerId,
      roles: ['storage'],
      addresses,
      units,
      domain: claimedDomain(whereabouts, peerId),
      tags: whereabouts.tags ?? [],
      ...(topology && { topology }),
      ...(geography && { geography }),
      draining: this.#isDraining,
      ...(this.#isUnreachable && { unreachable: true as const }),
      service: service.quality(this.#seeRoom(units)),
      ...(performance && { performance }),
    }
  }

  /** Whether it takes new shards. A full node has to get more room than for one before it does again. */
  #seeRoom(units: readonly UnitRecord[]): boolean {
    const wantedBytes = this.#hasRoom ? maximumShardBytes : roomBytes
    this.#hasRoom = units.some(({ freeBytes }) => freeBytes >= wantedBytes)
    return this.#hasRoom
  }
}

/** The network that the first of its addresses is in, loopback only when there is no other. */
function ownPrefix(addresses: readonly string[]): string | undefined {
  const prefixes = addresses.map(observedPrefix).filter((prefix) => prefix !== undefined)
  return prefixes.find((prefix) => !prefix.startsWith('127.') && !prefix.startsWith('0:0:0:')) ?? prefixes[0]
}
