/**
 * Moves to other nodes what is to leave this one, in the background, until nothing is left of it. What has gone is not
 * there any more, so after a restart it goes on where it was without remembering anything. What could not go is tried again
 * after a rest: nodes may come, or have room again.
 */
import { Recurring } from '../clock/recurring.ts'
import { heldObjects } from '../move/held-objects.ts'
import { type MoveOutcome, moveObject } from '../move/move-object.ts'
import type { Peer } from '../peer.ts'
import type { Units } from '../store/units/units.ts'

const restMs = 30_000

const hindrances: Readonly<Partial<Record<MoveOutcome, string>>> = {
  'no-node': 'find no other node that may take them; add nodes, or room',
  lost: "are damaged, and can't be made anew from other nodes now",
}

export function createDrain(units: Units, peer: Peer): Recurring {
  const { clock, logger } = peer
  return new Recurring({
    clock,
    restMs,
    pass: (stop, changed) => drainOnce(units, peer, AbortSignal.any([stop, changed])),
    onError: (error) => logger.error({ error }, 'shards could not be moved to other nodes'),
  })
}

async function drainOnce(units: Units, peer: Peer, signal: AbortSignal): Promise<void> {
  const count = units.report().reduce((sum, { state, shardCount }) => sum + (state === 'leaving' ? shardCount : 0), 0)
  const outcomes = new Map<MoveOutcome, number>()
  const done = (outcome: MoveOutcome): void => {
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  }
  // What of the object has not gone yet is tried again; the others needn't wait for it.
  const noteFailure = (error: unknown): void => {
    signal.throwIfAborted()
    peer.logger.warn({ error }, 'shards of an object could not be moved to other nodes')
    done('no-node')
  }
  if (count > 0) {
    for (const object of heldObjects(() => units.departing(), count, 0)) {
      signal.throwIfAborted()
      await moveObject(object, { store: units, peer, signal, done }).catch(noteFailure)
    }
    const hindered = (['no-node', 'lost'] as const).filter((outcome) => outcomes.has(outcome))
    const problems = hindered.map((outcome) => `${outcomes.get(outcome)} shards ${hindrances[outcome]}`)
    units.hinderDeparture(problems.length === 0 ? undefined : problems.join('; '))
    peer.logger.info({ moved: outcomes.get('moved') ?? 0, problems }, 'shards went to other nodes')
  }
  await units.departed()
}
