import type { AddressManager } from '@libp2p/interface-internal'

export interface ListeningComponents {
  readonly addressManager: AddressManager
}

/**
 * libp2p tells nobody of an address in a public network until others have confirmed that they can dial it, which takes several
 * of them in different parts of the internet. Who runs a node has said where it listens, and that is told at once.
 */
export class Listening {
  readonly #addresses: AddressManager

  constructor({ addressManager }: ListeningComponents) {
    this.#addresses = addressManager
  }

  /** Has every address told that is listened on now. */
  announce(): void {
    for (const { multiaddr, type } of this.#addresses.getAddressesWithMetadata()) {
      if (type === 'transport') this.#addresses.confirmObservedAddr(multiaddr, { type })
    }
  }
}
