/**
 * Looks for a record on those who should hold it, in the order of its ranking. Usually the first has it, so only one is
 * asked; when its answer is late, or no help, so is the next, and with every disappointment one more at the same time: an
 * object costs one request where it should be, and one that is nowhere is soon known to be.
 */
import { CodedError } from '../coded-error.ts'
import { onAbort } from '../on-abort.ts'
import type { Peer } from '../peer.ts'

export class SearchError extends CodedError<'OBJECT_NOT_FOUND' | 'OBJECT_UNREACHABLE'> {}

const maximumAtOnce = 8
/** One that takes so many times as long as another is passed over for it. */
const slownessFactor = 2

export class RecordSearch<T> {
  readonly #id: Uint8Array
  readonly #accept: (record: Uint8Array) => T | undefined
  readonly #peer: Pick<Peer, 'network' | 'clock' | 'pace'>
  readonly #signal: AbortSignal
  /** Those still to be asked. */
  readonly #holders: Iterator<string, void>
  #asked = 0
  #atOnce = 1
  #running = 0
  #unreachable = 0
  #isOver = false
  #resolve: (record: T) => void = () => {}
  #reject: (failure: unknown) => void = () => {}

  constructor(
    id: Uint8Array,
    accept: (record: Uint8Array) => T | undefined,
    peer: Pick<Peer, 'network' | 'clock' | 'pace'>,
    signal: AbortSignal,
  ) {
    this.#id = id
    this.#accept = accept
    this.#peer = peer
    this.#signal = signal
    this.#holders = holdersOf(id, peer)
  }

  /** @throws SearchError; the signal's reason when aborted */
  async run(): Promise<T> {
    this.#signal.throwIfAborted()
    const release = onAbort(this.#signal, (reason) => this.#end(() => this.#reject(reason)))
    try {
      return await new Promise((resolve, reject) => {
        this.#resolve = resolve
        this.#reject = reject
        this.#fill()
      })
    } finally {
      release()
    }
  }

  #fill(): void {
    while (!this.#isOver && this.#running < this.#atOnce) {
      const { done, value: peerId } = this.#holders.next()
      if (done) break
      this.#asked += 1
      this.#running += 1
      void this.#ask(peerId)
    }
    if (this.#running === 0) this.#end(() => this.#reject(this.#notFound()))
  }

  async #ask(peerId: string): Promise<void> {
    const { clock, network, pace } = this.#peer
    const startedMs = clock.monotonicMs()
    const hedge = clock.setTimer(pace.hedgeAfterMs(peerId), () => this.#askOneMore())
    let record: T | undefined
    try {
      const bytes = await network.small.get(peerId, this.#id)
      pace.observe(peerId, clock.monotonicMs() - startedMs)
      if (!this.#isOver) record = this.#accept(bytes)
    } catch (failure) {
      if (!isAbsent(failure)) this.#unreachable += 1
    } finally {
      hedge.cancel()
    }
    this.#running -= 1
    if (record !== undefined) return this.#end(() => this.#resolve(record))
    this.#askOneMore()
  }

  #askOneMore(): void {
    this.#atOnce = Math.min(maximumAtOnce, this.#atOnce + 1)
    this.#fill()
  }

  #end(settle: () => void): void {
    if (this.#isOver) return
    this.#isOver = true
    settle()
  }

  #notFound(): SearchError {
    return this.#unreachable === 0
      ? new SearchError('OBJECT_NOT_FOUND', 'no node of this network knows the object; it was deleted or never stored')
      : new SearchError(
          'OBJECT_UNREACHABLE',
          `the object was not found, but ${this.#unreachable} of ${this.#asked} storage nodes did not answer; try again when they are back`,
          { retryable: true },
        )
  }
}

/** Everyone who may have the record; those who become known meanwhile, and peers of which nothing is known yet, come last. */
function* holdersOf(id: Uint8Array, peer: Pick<Peer, 'network' | 'pace'>): Generator<string, void> {
  const ranked = quickFirst(peer.network.holders(id), peer)
  yield* ranked
  const { network } = peer
  yield* [...network.holders(id), ...network.strangers()].filter((peerId) => !ranked.includes(peerId))
}

/** The second has a copy too, unless the scheme survives no loss: it is asked first when it is much quicker. */
function quickFirst(holders: readonly string[], { network, pace }: Pick<Peer, 'network' | 'pace'>): readonly string[] {
  const [first, second, ...others] = holders
  if (first === undefined || second === undefined) return holders
  const expectedMs = (peerId: string): number => pace.expectedMs(peerId) ?? 0
  if (expectedMs(first) <= slownessFactor * expectedMs(second)) return holders
  const isUp = network.storageMembers().some(({ peerId, availability }) => peerId === second && availability === 'up')
  return isUp ? [second, first, ...others] : holders
}

function isAbsent(failure: unknown): boolean {
  return failure instanceof CodedError && (failure.code === 'SHARD_NOT_FOUND' || failure.code === 'SHARD_CORRUPT')
}
