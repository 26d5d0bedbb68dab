/**
 * Empties a unit, in whole or down to what fits into it, while it is being read. It goes over the unit's shards again and
 * again, with a rest in between, until nothing is left that could be moved: room may come, and a disk may come back.
 */
import { sleep } from '../../clock/sleep.ts'
import type { Clock } from '../../ports/clock.ts'
import { shardIdBytes } from '../../ports/shard-store.ts'
import { type MoveComponents, type MoveOutcome, moveShard } from './move-shard.ts'
import type { Unit } from './unit.ts'

/** Shards under way at once: enough to share the syncs of the disk, little enough to leave it to others. */
const atOnce = 8
const restMs = 30_000

const hindrances: Readonly<Partial<Record<MoveOutcome, string>>> = {
  'no-room': 'have no room on the other units',
  unreadable: "can't be read",
}

export interface EmptyComponents extends MoveComponents {
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Whether enough has been moved. */
  readonly isEnough: () => boolean
}

/**
 * Resolves when enough has been moved, or nothing is left but what is damaged.
 * @returns how many damaged shards are left
 * @throws the signal's reason when aborted
 */
export async function emptyUnit(source: Unit, components: EmptyComponents): Promise<number> {
  const { clock, signal } = components
  // Nothing new comes here by now, but some may still be on its way.
  await source.quiet()
  for (;;) {
    const outcomes = await pass(source, components)
    signal.throwIfAborted()
    const hindered = (['no-room', 'unreadable'] as const).filter((outcome) => outcomes.get(outcome) !== undefined)
    if (source.failure === undefined && (components.isEnough() || hindered.length === 0)) {
      source.hinder(undefined)
      return outcomes.get('damaged') ?? 0
    }
    source.hinder(hindered.map((outcome) => `${outcomes.get(outcome)} shards ${hindrances[outcome]}`).join(', '))
    await sleep(clock, restMs, signal)
  }
}

async function pass(source: Unit, components: EmptyComponents): Promise<Map<MoveOutcome, number>> {
  const outcomes = new Map<MoveOutcome, number>()
  const ids = idsOf(source)
  const work = async (): Promise<void> => {
    for (const id of ids) {
      if (components.signal.aborted || components.isEnough()) return
      const outcome = await moveShard(id, source, components)
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return outcomes
}

/** The ids that a unit holds now, as one array of bytes: 24 MB for a million of them. Shared by all who take from it. */
export function* idsOf(unit: Unit): IterableIterator<Uint8Array> {
  const bytes = Buffer.alloc(unit.usage().shardCount * shardIdBytes)
  let end = 0
  for (const id of unit.ids()) {
    if (end === bytes.length) break
    bytes.set(id, end)
    end += shardIdBytes
  }
  for (let offset = 0; offset < end; offset += shardIdBytes) yield bytes.subarray(offset, offset + shardIdBytes)
}
