import { Recurring } from '../clock/recurring.ts'
import { CodedError } from '../coded-error.ts'
import type { Peer } from '../peer.ts'
import type { ShardStore } from '../ports/shard-store.ts'
import type { Scrub } from '../scrub/scrub.ts'
import { restoreShard } from './restore-shard.ts'

/** Between two tries at what could not be put right: other nodes may be back. */
const restMs = 3_600_000

/** Puts right what the scrub lists as damaged, in the background; what can't be stays listed, and is tried again. */
export function createMender(scrub: Pick<Scrub, 'report'>, store: ShardStore, peer: Peer): Recurring {
  const { clock, logger } = peer
  return new Recurring({
    clock,
    restMs,
    pass: async (stop) => {
      for (const { id } of scrub.report().damaged) if (!stop.aborted) await mend(id, store, peer, stop)
    },
    onError: (error) => logger.error({ error }, 'damaged shards could not be made anew'),
  })
}

/** Never rejects. @param id in hexadecimal */
async function mend(id: string, store: ShardStore, peer: Peer, signal: AbortSignal): Promise<void> {
  const { logger } = peer
  try {
    const isRestored = await restoreShard(Buffer.from(id, 'hex'), store, peer, signal)
    if (isRestored) logger.info({ id }, 'a damaged shard was made anew from other nodes')
  } catch (error) {
    if (signal.aborted) return
    if (error instanceof CodedError) logger.warn({ id, error }, 'a damaged shard could not be made anew yet')
    else logger.error({ id, error }, 'a damaged shard could not be made anew')
  }
}
