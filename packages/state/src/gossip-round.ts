/*
 * Whom to exchange digests with in this round. A few peers a round, chosen evenly among those that may be there, bring one
 * update to everybody in a number of rounds that grows with the logarithm of the network (Karp et al., "Randomized rumor
 * spreading", 2000). A suspect is asked too: its answer, or the lack of one, settles the suspicion. Those few are of the
 * own group; a node that its group has elected also asks as many of other groups.
 *
 * That alone would never heal a partition, where each side holds the other for down. So now and then a round also tries
 * one peer that seems to be gone, or one of the peers the node was once told to start with; always when nobody else is
 * left. A member without addresses can't be dialled and is left to call by itself.
 */
import { firstOf, shuffled } from './draw.ts'
import { isElected } from './groups.ts'
import type { MemberRecord } from './member.ts'
import type { OpenRecord } from './signed-record.ts'
import type { View } from './view.ts'

/** Integers, uniform in 0 … 2^32 − 1. */
type Source = () => number

/** Peers of the own group in one round, and as many of others for those who speak for it. */
const FAN_OUT = 2
/** One round in so many, on average, also tries a peer that seems to be gone. */
const HEAL_EVERY = 5
/** A peer that seems to be gone is looked for among so many: a few lost ones of many are not tried by everybody all the time. */
const LOST_LOOKS = 32

/**
 * Peer ids, distinct, never the node itself; empty when there is nobody to talk to.
 * @param bootstrapIds peers that can be dialled without a record: those the node was told to start with
 */
export function chooseGossipPeers(
  view: View,
  bootstrapIds: readonly string[],
  monotonicMs: number,
  random: Source,
): string[] {
  const present = choosePresent(view, monotonicMs, random)
  const heals = present.length === 0 || random() % HEAL_EVERY === 0
  return heals ? [...present, ...chooseLost(view, bootstrapIds, monotonicMs, random)] : present
}

/** Those of whom something is to be expected, and to whom urgent news goes too. */
export function choosePresent(view: View, monotonicMs: number, random: Source): string[] {
  const draw = (isNear: boolean): string[] =>
    drawn(view, FAN_OUT, shuffled(view.ring, random), ({ peerId, group }) => {
      return (group === view.group) === isNear && view.availability(peerId, monotonicMs) !== 'down'
    })
  const near = draw(true)
  return near.length === 0 || isElected(view, monotonicMs) ? [...near, ...draw(false)] : near
}

/** One who is down, or one of the first whom nobody knows here. */
function chooseLost(view: View, bootstrapIds: readonly string[], monotonicMs: number, random: Source): string[] {
  const down = drawn(view, 1, shuffled(view.ring, random, LOST_LOOKS), ({ peerId }) => {
    return view.availability(peerId, monotonicMs) === 'down'
  })
  const unknown = bootstrapIds.filter((peerId) => peerId !== view.selfId && view.record(peerId) === undefined)
  return firstOf(shuffled([...down, ...unknown], random), 1, () => true)
}

/** The ids of the first few that can be called and suit. */
function drawn(
  view: View,
  count: number,
  candidates: Iterable<OpenRecord>,
  suits: (record: MemberRecord) => boolean,
): string[] {
  const found = firstOf(candidates, count, ({ record }) => view.canCall(record) && suits(record))
  return found.map(({ record }) => record.peerId)
}
