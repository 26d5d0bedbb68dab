import type { DCUtRServiceComponents } from '@libp2p/dcutr'
import type { Listener } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { anyRelay, relaysUsed } from './relay.ts'

export type ListeningComponents = Pick<DCUtRServiceComponents, 'addressManager' | 'transportManager'>

/**
 * Where this peer is reached, and what others are told of that.
 *
 * libp2p tells nobody of an address in a public network until others have confirmed that they can dial it, which takes
 * several of them in different parts of the internet. Who runs a node has said where it listens, and that is told at
 * once.
 */
export class Listening {
  readonly #addresses: ListeningComponents['addressManager']
  readonly #transports: ListeningComponents['transportManager']
  /** Those of relays that were begun to be used while this peer runs. */
  #relayed: Listener[] = []

  constructor({ addressManager, transportManager }: ListeningComponents) {
    this.#addresses = addressManager
    this.#transports = transportManager
  }

  /** Has others reach this peer through relays too, or no more. */
  async useRelays(isWanted: boolean): Promise<void> {
    if (isWanted === this.#relayed.length > 0) return
    if (isWanted) {
      const before = new Set(this.#transports.getListeners())
      await this.#transports.listen(Array.from({ length: relaysUsed }, () => multiaddr(anyRelay)))
      this.#relayed = this.#transports.getListeners().filter((listener) => !before.has(listener))
      return
    }
    for (const listener of this.#relayed.splice(0)) {
      for (const address of listener.getAddrs()) this.#addresses.removeObservedAddr(address)
      await listener.close()
    }
  }

  /** Has every address told that is listened on now. */
  announce(): void {
    for (const { multiaddr, type } of this.#addresses.getAddressesWithMetadata()) {
      if (type === 'transport') this.#addresses.confirmObservedAddr(multiaddr, { type })
    }
  }
}
