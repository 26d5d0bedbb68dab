/*
 * Whom to exchange digests with in this round. A few peers a round, chosen evenly among those that may be there, bring one
 * update to everybody in a number of rounds that grows with the logarithm of the network (Karp et al., "Randomized rumor
 * spreading", 2000). A suspect is asked too: its answer, or the lack of one, settles the suspicion. Those few are of the
 * own group; a node that its group has elected also asks one of another group.
 *
 * That alone would never heal a partition, where each side holds the other for down. So now and then a round also tries
 * one peer that seems to be gone, or one of the peers the node was once told to start with; always when nobody else is
 * left. A member without addresses can't be dialled and is left to call by itself.
 */
import { electedOf } from './groups.ts'
import type { Member } from './view.ts'

export interface GossipRound {
  readonly members: readonly Member[]
  readonly selfId: string
  readonly group: string
  /** Peers that can be dialled without a record: those the node was told to start with. */
  readonly bootstrapIds: readonly string[]
  /** A source of integers, uniform in 0 … 2^32 − 1. */
  readonly random: () => number
  /** Peers of the own group among those up or suspect. Default 3. */
  readonly fanOut?: number
  /** One round in so many, on average, also tries a peer that seems to be gone. Default 5. */
  readonly healEvery?: number
}

/** Peer ids, distinct, never the node itself; empty when there is nobody to talk to. */
export function chooseGossipPeers(round: GossipRound): string[] {
  const { members, selfId, group, bootstrapIds, random, fanOut = 3, healEvery = 5 } = round
  const others = members.filter(({ record }) => record.peerId !== selfId && record.addresses.length > 0)
  const present = others.filter(({ availability }) => availability !== 'down')
  const near = idsOf(present.filter(({ record }) => record.group === group))
  const far = idsOf(present.filter(({ record }) => record.group !== group))
  const down = idsOf(others.filter(({ availability }) => availability === 'down'))
  const started = bootstrapIds.filter((peerId) => peerId !== selfId && !near.includes(peerId) && !far.includes(peerId))
  const gone = [...new Set([...down, ...started])]

  const isSpeaking = far.length > 0 && (near.length === 0 || electedOf(group, members).includes(selfId))
  const chosen = [...draw(near, fanOut, random), ...(isSpeaking ? draw(far, 1, random) : [])]
  const heals = chosen.length === 0 || below(healEvery, random) === 0
  return heals ? [...chosen, ...draw(gone, 1, random)] : chosen
}

function idsOf(members: readonly Member[]): string[] {
  return members.map(({ record }) => record.peerId)
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
