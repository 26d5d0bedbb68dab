import type { Candidate, CandidatePool } from '../candidate.ts'
import type { Policy } from '../policy.ts'
import type { Holdings, Loaded } from './holdings.ts'
import type { StoredShard, StoredStripe } from './stored-stripe.ts'

export interface Move extends StoredShard {
  /** Undefined when no node has it: it has to be rebuilt from the others of its parity group. */
  readonly from: string | undefined
  readonly to: string
  readonly reason: 'lost' | 'leaving' | 'rule' | 'balance'
}

/** Moves in the order they were planned; a shard that is moved on goes there at once. */
export class MoveList {
  readonly #moves = new Map<string, Move>()

  add(move: Move): void {
    const id = `${move.stripe} ${move.shard}`
    const before = this.#moves.get(id)
    if (before?.from === move.to) this.#moves.delete(id)
    else this.#moves.set(id, before === undefined ? move : { ...before, to: move.to })
  }

  toArray(): Move[] {
    return [...this.#moves.values()]
  }
}

/** A plan under way. */
export interface Planned<C extends Candidate> {
  readonly pool: CandidatePool<Loaded<C>>
  readonly policy: Policy<C>
  readonly stripes: readonly StoredStripe[]
  readonly holdings: Holdings
  readonly moves: MoveList
  readonly unplaced: StoredShard[]
}
