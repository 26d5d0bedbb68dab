/*
 * Whom to exchange digests with in this round. Two peers a round, chosen evenly among those that may be there, bring one
 * update to everybody in a number of rounds that grows with the logarithm of the network (Karp et al., "Randomized rumor
 * spreading", 2000). A suspect is asked too: its answer, or the lack of one, settles the suspicion.
 *
 * That alone would never heal a partition, where each side holds the other for down. So now and then a round also tries
 * one peer that seems to be gone, or one of the peers the node was once told to start with; always when nobody else is
 * left. A member without addresses can't be dialled and is left to call by itself.
 */
import type { Member } from './view.ts'

export interface GossipRound {
  readonly members: readonly Member[]
  readonly selfId: string
  /** Peers that can be dialled without a record: those the node was told to start with. */
  readonly bootstrapIds: readonly string[]
  /** A source of integers, uniform in 0 … 2^32 − 1. */
  readonly random: () => number
  /** Peers among those up or suspect. Default 2. */
  readonly fanOut?: number
  /** One round in so many, on average, also tries a peer that seems to be gone. Default 5. */
  readonly healEvery?: number
}

/** Peer ids, distinct, never the node itself; empty when there is nobody to talk to. */
export function chooseGossipPeers(round: GossipRound): string[] {
  const { members, selfId, bootstrapIds, random, fanOut = 2, healEvery = 5 } = round
  const others = members.filter(({ record }) => record.peerId !== selfId && record.addresses.length > 0)
  const present = others.filter(({ availability }) => availability !== 'down').map(({ record }) => record.peerId)
  const down = others.filter(({ availability }) => availability === 'down').map(({ record }) => record.peerId)
  const started = bootstrapIds.filter((peerId) => peerId !== selfId && !present.includes(peerId))
  const gone = [...new Set([...down, ...started])]

  const chosen = draw(present, fanOut, random)
  const heals = present.length === 0 || below(healEvery, random) === 0
  return heals ? [...chosen, ...draw(gone, 1, random)] : chosen
}

/** Up to `count` different elements, each as likely as any other: the first steps of a Fisher–Yates shuffle. */
function draw(pool: readonly string[], count: number, random: () => number): string[] {
  const shuffled = [...pool]
  const taken = Math.min(count, shuffled.length)
  for (let i = 0; i < taken; i++) {
    const j = i + below(shuffled.length - i, random)
    const drawn = shuffled[j]!
    shuffled[j] = shuffled[i]!
    shuffled[i] = drawn
  }
  return shuffled.slice(0, taken)
}

function below(bound: number, random: () => number): number {
  return Math.floor((random() / 2 ** 32) * bound)
}
