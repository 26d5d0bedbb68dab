import type { UnitRecord } from '@p2pstore/state'
import type { GivenDescription } from '../gossip/gossip.ts'

export interface NodeDescriptionParts {
  readonly peerId: string
  /** Where the node can be dialled now. */
  readonly addresses: () => readonly string[]
  readonly units: () => readonly UnitRecord[]
  readonly domain: string
  readonly tags: readonly string[]
}

/** As many as a member record carries. */
const maximumAddresses = 16

/** What a storage node says of itself to all others, put together anew whenever it is asked for. */
export class NodeDescription {
  readonly #parts: NodeDescriptionParts
  #isDraining = false
  #onChange = (): void => {}

  constructor(parts: NodeDescriptionParts) {
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

  /** @param tell called when something has changed that others should hear of without delay */
  onChange(tell: () => void): void {
    this.#onChange = tell
  }

  describe(): GivenDescription {
    const { peerId, addresses, units, domain, tags } = this.#parts
    return {
      peerId,
      roles: ['storage'],
      addresses: addresses().slice(0, maximumAddresses),
      units: units(),
      domain,
      tags,
      draining: this.#isDraining,
    }
  }
}
