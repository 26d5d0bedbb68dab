import type { DCUtRServiceComponents } from '@libp2p/dcutr'

export type ListeningComponents = Pick<DCUtRServiceComponents, 'addressManager'>

/**
 * libp2p tells nobody of an address in a public network until others have confirmed that they can dial it, which takes several
 * of them in different parts of the internet. Who runs a node has said where it listens, and that is told at once.
 */
export class Listening {
  readonly #addresses: ListeningComponents['addressManager']

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
