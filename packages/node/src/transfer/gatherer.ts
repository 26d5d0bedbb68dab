/**
 * Gathers what goes to the same place into few requests. What there is at the end of a turn of the event loop goes together; while
 * a request to a place is under way, what else is for it waits, and goes with the next. So requests grow with what there is to
 * do, and nothing waits where little is done. (As a log gathers for its next sync what comes during the last one.)
 */
import { onAbort } from '../on-abort.ts'

/** @returns for each item its result, or why there is none; when it throws, none of them has one */
export type SendTogether<Item, Result> = (place: string, items: readonly Item[]) => Promise<readonly (Result | Error)[]>

interface Waiting<Item, Result> {
  readonly item: Item
  readonly signal: AbortSignal | undefined
  readonly resolve: (result: Result) => void
  readonly reject: (failure: unknown) => void
}

export class Gatherer<Item, Result> {
  readonly #send: SendTogether<Item, Result>
  readonly #mostItems: number
  /** By place, as long as there is something for it to do. */
  readonly #waiting = new Map<string, Waiting<Item, Result>[]>()

  /** @param mostItems of one request */
  constructor(send: SendTogether<Item, Result>, mostItems: number) {
    this.#send = send
    this.#mostItems = mostItems
  }

  /**
   * Resolves to the item's result.
   * @throws what is wrong with it, or with the request that it went with or waited for; the signal's reason when aborted
   */
  add(place: string, item: Item, signal?: AbortSignal): Promise<Result> {
    return new Promise((resolve, reject) => {
      const forget = signal === undefined ? undefined : onAbort(signal, reject)
      const entry: Waiting<Item, Result> = {
        item,
        signal,
        resolve: (result) => {
          forget?.()
          resolve(result)
        },
        reject: (failure) => {
          forget?.()
          reject(failure)
        },
      }
      const waiting = this.#waiting.get(place)
      if (waiting !== undefined) {
        waiting.push(entry)
        return
      }
      this.#waiting.set(place, [entry])
      void this.#sendAll(place)
    })
  }

  async #sendAll(place: string): Promise<void> {
    const waiting = this.#waiting.get(place) as Waiting<Item, Result>[]
    while (waiting.length > 0) {
      await new Promise((resolve) => setImmediate(resolve))
      const going = waiting.splice(0, this.#mostItems).filter(({ signal }) => !signal?.aborted)
      if (going.length === 0) continue
      const items = going.map(({ item }) => item)
      try {
        const results = await this.#send(place, items)
        for (const [index, { resolve, reject }] of going.entries()) {
          const result = results[index]
          if (result instanceof Error) reject(result)
          else resolve(result as Result)
        }
      } catch (failure) {
        // Nobody waits for the same failure twice.
        for (const { reject } of [...going, ...waiting.splice(0)]) reject(failure)
      }
    }
    this.#waiting.delete(place)
  }
}
