/**
 * Fetches enough shards of one stripe to decode it. It asks the k best sources at once; for one that fails, returns wrong
 * bytes or is merely late, it asks the next best, and it is done when the shards that are right are enough, whoever was first.
 * Right are those that match their hashes, or, when it is told of none, those of the right length. What is late is then cancelled. Sources are searched for once, when the known ones are used up.
 */
import type { Uint8ArrayList } from 'uint8arraylist'
import { CodedError } from '../coded-error.ts'
import { shardGet } from '../messages/shard-messages.ts'
import type { Network } from '../network.ts'
import { sha256 } from '../object/manifest.ts'
import { shardId } from '../object/shard-id.ts'
import type { Clock, Timer } from '../ports/clock.ts'
import type { ReadPace } from './pace.ts'

export class DownloadError extends CodedError<'NOT_ENOUGH_SHARDS'> {}

/** A node that may have a certain shard. */
export interface Source {
  readonly index: number
  readonly peerId: string
}

export interface StripeDownload {
  readonly objectId: Uint8Array
  readonly stripe: number
  readonly shardBytes: number
  /** How many to ask for at first: k. */
  readonly neededShards: number
  /** Whether these shards decode the stripe. */
  readonly isEnough: (indexes: Iterable<number>) => boolean
  /** Expected SHA-256 by index; undefined when someone else finds out what is wrong. */
  readonly hashes: readonly Uint8Array[] | undefined
  /** Best first. */
  readonly sources: readonly Source[]
  /** Asked once, when the sources are used up: where else shards of this stripe are. */
  readonly findMore: (signal: AbortSignal) => Promise<readonly Source[]>
  /** Told of every shard that did not match its hash. */
  readonly onWrongShard: (source: Source) => void
}

export interface DownloadTools {
  readonly network: Pick<Network, 'call'>
  readonly clock: Clock
  readonly pace: ReadPace
}

const shardTimeoutMs = 10_000
/** Why requests are cancelled when there are enough shards. Made once: an abort without a reason makes an exception each time. */
const enough = new Error('enough shards have arrived')

/**
 * @returns shards by index, enough to decode
 * @throws DownloadError NOT_ENOUGH_SHARDS; the signal's reason when aborted
 */
export async function downloadStripe(
  download: StripeDownload,
  tools: DownloadTools,
  signal: AbortSignal,
): Promise<Map<number, Uint8ArrayList>> {
  return new StripeReader(download, tools, signal).read()
}

class StripeReader {
  readonly #download: StripeDownload
  readonly #tools: DownloadTools
  readonly #callerSignal: AbortSignal
  readonly #done = new AbortController()
  readonly #signal: AbortSignal
  readonly #shards = new Map<number, Uint8ArrayList>()
  readonly #waiting: Source[]
  readonly #tried = new Set<string>()
  readonly #timers = new Set<Timer>()
  readonly #failures: unknown[] = []
  #running = 0
  #searched = false
  #isEnough = false
  #finish: (outcome?: { error: unknown }) => void = () => {}

  constructor(download: StripeDownload, tools: DownloadTools, signal: AbortSignal) {
    this.#download = download
    this.#tools = tools
    this.#callerSignal = signal
    this.#signal = AbortSignal.any([signal, this.#done.signal])
    this.#waiting = [...download.sources]
  }

  async read(): Promise<Map<number, Uint8ArrayList>> {
    this.#callerSignal.throwIfAborted()
    const finished = new Promise<void>((resolve, reject) => {
      this.#finish = (outcome) => (outcome === undefined ? resolve() : reject(outcome.error))
    })
    this.#fill()
    try {
      await finished
      return this.#shards
    } finally {
      this.#done.abort(enough)
      for (const timer of this.#timers) timer.cancel()
    }
  }

  /** Keeps as many requests running as shards are missing. */
  #fill(): void {
    const missing = Math.max(1, this.#download.neededShards - this.#shards.size)
    while (this.#running < missing) {
      if (!this.#startNext()) break
    }
    if (this.#running === 0) this.#searchOrFail()
  }

  #startNext(): boolean {
    for (let source = this.#waiting.shift(); source !== undefined; source = this.#waiting.shift()) {
      const name = `${source.index} ${source.peerId}`
      if (this.#tried.has(name) || this.#shards.has(source.index)) continue
      this.#tried.add(name)
      this.#running += 1
      void this.#fetch(source)
      return true
    }
    return false
  }

  async #fetch(source: Source): Promise<void> {
    const { pace, clock } = this.#tools
    const startedMs = clock.monotonicMs()
    const hedge = clock.setTimer(pace.hedgeAfterMs(source.peerId), () => this.#hedge())
    this.#timers.add(hedge)
    pace.countRequest()
    try {
      const shard = await this.#request(source)
      pace.observe(source.peerId, clock.monotonicMs() - startedMs)
      if (!this.#isEnough) this.#shards.set(source.index, shard)
    } catch (failure) {
      this.#failures.push(failure)
    } finally {
      hedge.cancel()
      this.#timers.delete(hedge)
      this.#running -= 1
    }
    this.#isEnough ||= this.#download.isEnough(this.#shards.keys())
    if (this.#isEnough) this.#finish()
    else if (this.#callerSignal.aborted) this.#finish({ error: this.#callerSignal.reason })
    else this.#fill()
  }

  async #request(source: Source): Promise<Uint8ArrayList> {
    const { objectId, stripe, shardBytes, hashes } = this.#download
    const { body } = await this.#tools.network.call(
      source.peerId,
      shardGet,
      { id: shardId(objectId, 'shard', stripe, source.index) },
      { signal: this.#signal, timeoutMs: shardTimeoutMs, lane: 'bulk' },
    )
    if (body.length !== shardBytes || (hashes !== undefined && !hasHash(body, hashes[source.index]))) {
      this.#download.onWrongShard(source)
      throw new Error(`${source.peerId} returned wrong bytes for shard ${source.index}`)
    }
    return body
  }

  #hedge(): void {
    if (!this.#isEnough && this.#waiting.length > 0 && this.#tools.pace.takeHedge()) this.#startNext()
  }

  #searchOrFail(): void {
    if (this.#searched) {
      this.#finish({ error: this.#notEnough() })
      return
    }
    this.#searched = true
    this.#download.findMore(this.#signal).then(
      (sources) => {
        this.#waiting.push(...sources)
        this.#fill()
      },
      (error: unknown) => this.#finish({ error }),
    )
  }

  #notEnough(): DownloadError {
    const { stripe, neededShards } = this.#download
    return new DownloadError(
      'NOT_ENOUGH_SHARDS',
      `only ${this.#shards.size} right shards of stripe ${stripe} could be read and at least ${neededShards} are needed; bring nodes back and try again`,
      { retryable: true, cause: this.#failures.at(-1) },
    )
  }
}

function hasHash(body: Uint8ArrayList, expected: Uint8Array | undefined): boolean {
  return expected !== undefined && Buffer.compare(sha256(...body), expected) === 0
}
