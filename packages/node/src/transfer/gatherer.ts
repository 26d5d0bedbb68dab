/**
 * Gathers what goes to the same place into few requests. What there is at the end of a turn of the event loop goes together; while
 * some requests to a place are under way, what else is for it waits, and goes with the next. So requests grow with what there
 * is to do, and nothing waits where little is done. (As a log gathers for its next sync what comes during the last one.)
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

interface Place<Item, Result> {
  waiting: Waiting<Item, Result>[]
  underWay: number
  turn: NodeJS.Immediate | undefined
}

const requestsAtOnce = 1

export class Gatherer<Item, Result> {
  readonly #send: SendTogether<Item, Result>
  readonly #mostItems: number
  readonly #places = new Map<string, Place<Item, Result>>()

  /** @param mostItems of one request */
  constructor(send: SendTogether<Item, Result>, mostItems: number) {
    this.#send = send
    this.#mostItems = mostItems
  }

  /**
   * Resolves to the item's result.
   * @throws what is wrong with it, or with the request that it went with or waited for; the signal's reason when aborted
   */
  add(name: string, item: Item, signal?: AbortSignal): Promise<Result> {
    return new Promise((resolve, reject) => {
      let place = this.#places.get(name)
      if (place === undefined) {
        place = { waiting: [], underWay: 0, turn: undefined }
        this.#places.set(name, place)
      }
      const forget = signal === undefined ? undefined : onAbort(signal, reject)
      place.waiting.push({
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
      })
      this.#sendNext(name, place)
    })
  }

  #sendNext(name: string, place: Place<Item, Result>): void {
    if (place.underWay >= requestsAtOnce || place.turn !== undefined) return
    place.turn = setImmediate(() => {
      place.turn = undefined
      void this.#sendSome(name, place)
    })
  }

  async #sendSome(name: string, place: Place<Item, Result>): Promise<void> {
    const going = place.waiting.splice(0, this.#mostItems).filter(({ signal }) => !signal?.aborted)
    if (going.length > 0) {
      place.underWay += 1
      if (place.waiting.length > 0) this.#sendNext(name, place)
      try {
        const results = await this.#send(
          name,
          going.map(({ item }) => item),
        )
        going.forEach(({ resolve, reject }, index) => {
          const result = results[index]
          if (result instanceof Error) reject(result)
          else resolve(result as Result)
        })
      } catch (failure) {
        // Nobody waits for the same failure twice.
        for (const { reject } of [...going, ...place.waiting.splice(0)]) reject(failure)
      }
      place.underWay -= 1
    }
    if (place.waiting.length > 0) this.#sendNext(name, place)
    else if (place.underWay === 0 && place.turn === undefined) this.#places.delete(name)
  }
}
