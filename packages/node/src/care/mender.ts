import { sleep } from '../clock/sleep.ts'
import { CodedError } from '../coded-error.ts'
import type { Peer } from '../peer.ts'
import type { ShardStore } from '../ports/shard-store.ts'
import type { Scrub } from '../scrub/scrub.ts'
import { restoreShard } from './restore-shard.ts'

/** Between two tries at what could not be put right: other nodes may be back. */
const restMs = 3_600_000

/** Puts right what the scrub lists as damaged, in the background; what can't be stays listed, and is tried again. */
export class Mender {
  readonly #scrub: Scrub
  readonly #store: ShardStore
  readonly #peer: Peer
  readonly #stop = new AbortController()
  /** Aborted to end a rest. */
  #wake = new AbortController()
  #running: Promise<void> | undefined

  constructor(scrub: Scrub, store: ShardStore, peer: Peer) {
    this.#scrub = scrub
    this.#store = store
    this.#peer = peer
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** There is more to put right. */
  wake(): void {
    this.#wake.abort()
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      this.#wake = new AbortController()
      for (const { id } of this.#scrub.report().damaged) {
        if (!signal.aborted) await this.#mend(id)
      }
      await sleep(this.#peer.clock, restMs, AbortSignal.any([signal, this.#wake.signal])).catch(() => {})
    }
  }

  /** Never rejects. @param id in hexadecimal */
  async #mend(id: string): Promise<void> {
    const { logger } = this.#peer
    try {
      const isRestored = await restoreShard(Buffer.from(id, 'hex'), this.#store, this.#peer, this.#stop.signal)
      if (isRestored) logger.info({ id }, 'a damaged shard was made anew from other nodes')
    } catch (error) {
      if (this.#stop.signal.aborted) return
      if (error instanceof CodedError) logger.warn({ id, error }, 'a damaged shard could not be made anew yet')
      else logger.error({ id, error }, 'a damaged shard could not be made anew')
    }
  }
}
