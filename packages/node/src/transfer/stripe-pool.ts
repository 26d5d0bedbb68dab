import type { Arena, Stripe } from '@p2pstore/codec'

interface Waiter {
  readonly shardBytes: number
  readonly resolve: (stripe: Stripe) => void
}

/** The stripes of an arena, handed out in the order in which they were asked for. */
export class StripePool {
  /** How many there are. */
  readonly count: number
  readonly #arena: Arena
  readonly #waiting = new Set<Waiter>()

  constructor(arena: Arena, count: number) {
    this.#arena = arena
    this.count = count
  }

  /** A stripe of shards of the given length, as soon as one is free; give it back with {@link release}. */
  take(shardBytes: number, signal: AbortSignal): Promise<Stripe> {
    signal.throwIfAborted()
    const stripe = this.#arena.take(shardBytes)
    if (stripe !== undefined) return Promise.resolve(stripe)
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

  release(stripe: Stripe): void {
    stripe.release()
    const [next] = this.#waiting
    const free = next === undefined ? undefined : this.#arena.take(next.shardBytes)
    if (next === undefined || free === undefined) return
    this.#waiting.delete(next)
    next.resolve(free)
  }
}
