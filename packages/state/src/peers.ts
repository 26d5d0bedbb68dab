/** The peers of a view, with the orders in which they are looked for. */
import { Digest } from './digest.ts'
import { hash32 } from './hash.ts'
import type { Peer } from './peer.ts'
import type { OpenRecord } from './signed-record.ts'

/** What two nodes compare: of one group everything, else only what every group is to know. */
export type Scope = 'group' | 'network'

export class Peers {
  readonly #byId = new Map<string, Peer>()
  readonly #digests: Readonly<Record<Scope, Digest>> = { group: new Digest(), network: new Digest() }
  /** Undefined when a peer came or went since. */
  #byName: readonly Peer[] | undefined
  #byRank: readonly Peer[] | undefined

  get size(): number {
    return this.#byId.size
  }

  get(peerId: string): Peer | undefined {
    return this.#byId.get(peerId)
  }

  /** In no order. */
  values(): Iterable<Peer> {
    return this.#byId.values()
  }

  add(peer: Peer): void {
    this.#byId.set(peer.record.peerId, peer)
    this.#enter(peer.open)
    this.#forgetOrders()
  }

  renew(peer: Peer, open: OpenRecord): void {
    peer.open = open
    this.#enter(open)
  }

  delete({ open }: Peer): void {
    this.#byId.delete(open.record.peerId)
    this.#digests.group.delete(open)
    this.#digests.network.delete(open)
    this.#forgetOrders()
  }

  digest(scope: Scope): Digest {
    return this.#digests[scope]
  }

  /** In the order of their ids. */
  get byName(): readonly Peer[] {
    this.#byName ??= this.#inOrder((a, b) => (a.record.peerId < b.record.peerId ? -1 : 1))
    return this.#byName
  }

  /** In the order of their ranks. */
  get byRank(): readonly Peer[] {
    this.#byRank ??= this.#inOrder((a, b) => a.open.rank - b.open.rank || (a.record.peerId < b.record.peerId ? -1 : 1))
    return this.#byRank
  }

  byShortId(shortId: string): OpenRecord | undefined {
    return this.#digests.group.find(shortId, hash32(shortId))
  }

  #enter(open: OpenRecord): void {
    this.#digests.group.put(open)
    if (open.record.summary === undefined) this.#digests.network.delete(open)
    else this.#digests.network.put(open)
  }

  #inOrder(compare: (a: Peer, b: Peer) => number): readonly Peer[] {
    return [...this.#byId.values()].sort(compare)
  }

  #forgetOrders(): void {
    this.#byName = undefined
    this.#byRank = undefined
  }
}
