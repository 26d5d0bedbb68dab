/*
 * What each node has to give so that all come to hold their share: its share of all bytes is its share of all weight. As long as
 * one is further from its share than the slack, those that have too much give to those that have too little, up to the share
 * and no further. So each byte moves once, and none that didn't have to.
 *
 * A node can work out its own gift alone: those of all who see the same network fit together, without a word between them. What
 * the others lack is cut in proportion among the givers; and as shards can't be cut, all gifts are laid end to end, and a
 * giver gives the shards that end within its own, which in sum is right to the shard.
 */
import type { Candidate } from '../candidate.ts'

/** What a node holds and may hold. */
export interface Account extends Pick<Candidate, 'peerId' | 'weight'> {
  readonly heldBytes: number
}

/** What one node is to give, and has given so far. */
export class Gift {
  readonly #startBytes: number
  readonly #endBytes: number
  #givenBytes = 0
  /** What each of the takers is still to get of it. */
  readonly #quotas: Map<string, number>
  readonly #shareBytesOf: (peerId: string) => number

  /**
   * @param startBytes what the givers before it give
   * @param lacking bytes that each of the takers lacks
   */
  constructor(
    startBytes: number,
    bytes: number,
    lacking: ReadonlyMap<string, number>,
    shareBytesOf: (peerId: string) => number,
  ) {
    this.#startBytes = startBytes
    this.#endBytes = startBytes + bytes
    this.#shareBytesOf = shareBytesOf
    const lackBytes = sum(lacking.values())
    this.#quotas = new Map([...lacking].map(([peerId, lack]) => [peerId, bytes * (lack / lackBytes)]))
  }

  /** What is still to be given. */
  get leftBytes(): number {
    return Math.max(0, this.#endBytes - this.#startBytes - this.#givenBytes)
  }

  /** Whether one more shard of that size is. */
  isDue(shardBytes: number): boolean {
    const shards = Math.floor(this.#endBytes / shardBytes) - Math.floor(this.#startBytes / shardBytes)
    return this.#givenBytes + shardBytes <= shards * shardBytes
  }

  /** A taker, each with the chance that it still is to get of all. @param chance 0 … 2^32 − 1 */
  taker(chance: number): string | undefined {
    let left = sum(this.#quotas.values()) * (chance / 2 ** 32)
    for (const [peerId, quota] of this.#quotas) {
      left -= quota
      if (left < 0) return peerId
    }
    return undefined
  }

  /**
   * Whether a taker that holds so much by now still has room in its share for the greater part of a shard. One that has not, as
   * others gave to it, gets nothing more.
   */
  hasRoom(peerId: string, heldBytes: number, shardBytes: number): boolean {
    const hasRoom = heldBytes + shardBytes / 2 <= this.#shareBytesOf(peerId)
    if (!hasRoom) this.#quotas.delete(peerId)
    return hasRoom
  }

  gave(peerId: string, shardBytes: number): void {
    this.#givenBytes += shardBytes
    const left = (this.#quotas.get(peerId) ?? 0) - shardBytes
    if (left > 0) this.#quotas.set(peerId, left)
    else this.#quotas.delete(peerId)
  }
}

/**
 * @param accounts all nodes that may give or take
 * @param slackPermille how far from its share a node may be before it gives or takes, of a thousand
 * @returns by peer id, those with the most first
 */
export function giftsOf(accounts: readonly Account[], slackPermille: number): Map<string, Gift> {
  const balances = balancesOf(accounts)
  const isOff = ({ surplusBytes, shareBytes }: Balance) => Math.abs(surplusBytes) * 1000 > shareBytes * slackPermille
  const givers = balances.filter(({ surplusBytes }) => surplusBytes > 0)
  const takers = balances.filter(({ surplusBytes }) => surplusBytes < 0)
  const lackOf = (some: readonly Balance[]) => new Map(some.map(({ peerId, surplusBytes }) => [peerId, -surplusBytes]))
  const allLacking = lackOf(takers)
  const muchLacking = lackOf(takers.filter(isOff))
  // Givers that are near enough to their share give only what those need that are not.
  const needed = sum(muchLacking.values()) / sum(givers.map(({ surplusBytes }) => surplusBytes))
  const shares = new Map(balances.map(({ peerId, shareBytes }) => [peerId, shareBytes]))
  const shareBytesOf = (peerId: string) => shares.get(peerId) ?? 0
  const gifts = new Map<string, Gift>()
  let startBytes = 0
  for (const giver of givers) {
    const bytes = giver.surplusBytes * (isOff(giver) ? 1 : Math.min(1, needed))
    gifts.set(giver.peerId, new Gift(startBytes, bytes, isOff(giver) ? allLacking : muchLacking, shareBytesOf))
    startBytes += bytes
  }
  return gifts
}

interface Balance {
  readonly peerId: string
  readonly shareBytes: number
  /** Negative for what it lacks. */
  readonly surplusBytes: number
}

function balancesOf(accounts: readonly Account[]): Balance[] {
  const totalWeight = sum(accounts.map(({ weight }) => weight))
  const totalBytes = sum(accounts.map(({ heldBytes }) => heldBytes))
  return accounts
    .map(({ peerId, weight, heldBytes }) => {
      const shareBytes = totalBytes * (weight / totalWeight)
      return { peerId, shareBytes, surplusBytes: heldBytes - shareBytes }
    })
    .sort((a, b) => b.surplusBytes - a.surplusBytes || (a.peerId < b.peerId ? -1 : 1))
}

function sum(numbers: Iterable<number>): number {
  let total = 0
  for (const number of numbers) total += number
  return total
}
