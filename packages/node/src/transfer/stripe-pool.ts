/** Memory for one stripe; see the codec's Arena. */
export interface Lease {
  readonly shards: readonly Uint8Array[]
  readonly lengthBytes: number
  release(): void
}

interface Waiter {
  readonly shardBytes: number
  readonly resolve: (lease: Lease) => void
}

/** Stripes of a source that has only so many, handed out in the order in which they were asked for. */
export class StripePool {
  readonly #takeFree: (shardBytes: number) => Lease | undefined
  readonly #waiting = new Set<Waiter>()

  /** @param takeFree a stripe of shards of the given length; undefined while all are taken */
  constructor(takeFree: (shardBytes: number) => Lease | undefined) {
    this.#takeFree = takeFree
  }

  /** A stripe of shards of the given length, as soon as one is free; give it back with {@link release}. */
  take(shardBytes: number, signal: AbortSignal): Promise<Lease> {
    signal.throwIfAborted()
    const lease = this.#takeFree(shardBytes)
    if (lease !== undefined) return Promise.resolve(lease)
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        this.#waiting.delete(waiter)
        reject(signal.reason)
      }
      const waiter: Waiter = {
        shardBytes,
        resolve: (free) => {
          signal.removeEventListener('abort', stop)
          resolve(free)
        },
      }
      signal.addEventListener('abort', stop, { once: true })
      this.#waiting.add(waiter)
    })
  }

  release(lease: Lease): void {
    lease.release()
    const [next] = this.#waiting
    const free = next === undefined ? undefined : this.#takeFree(next.shardBytes)
    if (next === undefined || free === undefined) return
    this.#waiting.delete(next)
    next.resolve(free)
  }
}
