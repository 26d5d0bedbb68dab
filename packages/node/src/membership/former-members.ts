import type { View } from '@p2pstore/state'
import type { Clock } from '../ports/clock.ts'
import type { Roll } from './roll.ts'

export interface FormerMembersParts {
  readonly view: Pick<View, 'ring' | 'selfId' | 'forget'>
  readonly roll: Pick<Roll, 'grantOf'>
  readonly clock: Pick<Clock, 'monotonicMs'>
}

/** Longer than a rotation takes to bring the new credentials of all: who has no credential in between is not forgotten. */
const keptMs = 60_000

/** Has a view forget those who have left the roll: others take no records of them, and would be offered them for ever. */
export class FormerMembers {
  readonly #parts: FormerMembersParts
  /** When each was first found to be missing. */
  readonly #missedMs = new Map<string, number>()

  constructor(parts: FormerMembersParts) {
    this.#parts = parts
  }

  /** To be called every so often. */
  review(): void {
    const { view, roll, clock } = this.#parts
    const nowMs = clock.monotonicMs()
    for (const peerId of view.ring.map(({ record }) => record.peerId)) {
      const missedMs = this.#missedMs.get(peerId) ?? nowMs
      const isListed = peerId === view.selfId || roll.grantOf(peerId) !== undefined
      if (!isListed) this.#missedMs.set(peerId, missedMs)
      if (isListed || nowMs - missedMs >= keptMs) this.#missedMs.delete(peerId)
      if (!isListed && nowMs - missedMs >= keptMs) view.forget(peerId)
    }
  }
}
