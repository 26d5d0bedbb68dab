/** The peers of a view, with the ways in which they are looked for. */
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
    const { open } = peer
    this.#byId.set(open.record.peerId, peer)
    for (const digest of this.#digestsOf(open)) digest.put(open)
    this.#byName = undefined
  }

  renew(peer: Peer, open: OpenRecord): void {
    const isNoLongerElected = isElected(peer.open) && !isElected(open)
    if (isNoLongerElected) this.#digests.network.delete(open)
    for (const digest of this.#digestsOf(open)) digest.put(open)
    peer.open = open
  }

  delete({ open }: Peer): void {
    this.#byId.delete(open.record.peerId)
    for (const digest of this.#digestsOf(open)) digest.delete(open)
    this.#byName = undefined
  }

  digest(scope: Scope): Digest {
    return this.#digests[scope]
  }

  /** In the order of their ids. */
  get byName(): readonly Peer[] {
    this.#byName ??= [...this.#byId.values()].sort((a, b) => (a.record.peerId < b.record.peerId ? -1 : 1))
    return this.#byName
  }

  byShortId(shortId: string): OpenRecord | undefined {
    return this.#digests.group.find(shortId, hash32(shortId))
  }

  #digestsOf(open: OpenRecord): readonly Digest[] {
    const { group, network } = this.#digests
    return isElected(open) ? [group, network] : [group]
  }
}

function isElected({ record }: OpenRecord): boolean {
  return record.summary !== undefined
}
