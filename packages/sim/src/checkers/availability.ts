/**
 * An operation may fail while too many machines are away, and must then say that it is worth trying again. With no more away
 * than the object's scheme makes up for, it must succeed.
 */
import { CodedError } from '@p2pstore/node/memory'
import type { Attempt } from '../attempt.ts'
import { type Deposit, shapeOf } from '../ledger.ts'
import { Violation } from '../violation.ts'

/** @throws Violation availability */
export function mayFailToRead(attempt: Attempt, deposit: Deposit, failure: unknown): void {
  if (attempt.isCutShort || deposit.state !== 'stored') return
  mustBeRetryable(attempt, failure)
  mayMissShards(attempt, deposit, failure)
}

/** @throws Violation availability */
export function mayMissShards(attempt: Attempt, deposit: Deposit, outcome: unknown): void {
  if (attempt.isCutShort || deposit.state !== 'stored') return
  const missed = new Set([...attempt.away, ...deposit.lost.keys()])
  if (missed.size > deposit.spare) return
  throw new Violation(
    'availability',
    `${attempt.what} missed ${namesOf(missed)} of ${deposit.spare} spare machines, and yet: ${outcome}`,
    { cause: outcome },
  )
}

/** @throws Violation availability */
export function mayFailToWrite(attempt: Attempt, deposit: Deposit, failure: unknown): void {
  if (attempt.isCutShort) return
  mustBeRetryable(attempt, failure)
  const { shards, tolerance } = shapeOf(deposit.order.scheme)
  const needed = shards - tolerance + deposit.spare
  if (attempt.writableCount < needed) return
  throw new Violation(
    'availability',
    `${attempt.what} failed though ${attempt.writableCount} machines could be written to and ${needed} are enough: ${failure}`,
    { cause: failure },
  )
}

function mustBeRetryable(attempt: Attempt, failure: unknown): void {
  if (failure instanceof CodedError && (failure.retryable || !attempt.isIntroduced)) return
  throw new Violation('availability', `${attempt.what} failed as if for good: ${failure}`, { cause: failure })
}

function namesOf(machines: ReadonlySet<string>): string {
  return machines.size === 0 ? 'none' : [...machines].join(', ')
}
