import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import type { ShardStore } from '../ports/shard-store.ts'
import { Scrub } from '../scrub/scrub.ts'
import { readScrub, writeScrub } from './scrub-file.ts'

export interface HomeScrubOptions {
  readonly directory: string
  readonly store: ShardStore
  /** What a pass over all shards takes. Default: 30 days. */
  readonly periodMs?: number | undefined
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

const thirtyDaysMs = 30 * 86_400_000

/** The scrub of a home's node, ready to go on where it was. @throws RangeError when the period is less than a second */
export async function openHomeScrub({
  directory,
  periodMs = thirtyDaysMs,
  ...parts
}: HomeScrubOptions): Promise<Scrub> {
  if (!(periodMs >= 1_000)) throw new RangeError('the period of the scrub must be a second or more')
  return new Scrub({
    ...parts,
    periodMs,
    state: await readScrub(directory),
    save: (state) => writeScrub(directory, state),
  })
}
