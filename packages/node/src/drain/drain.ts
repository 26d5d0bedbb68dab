/**
 * Moves to other nodes what is to leave this one, in the background, until nothing is left of it. What has gone is not
 * there any more, so after a restart it goes on where it was without remembering anything. What could not go is tried again
 * after a rest: nodes may come, or have room again.
 */
import { sleep } from '../clock/sleep.ts'
import type { Peer } from '../peer.ts'
import type { Units } from '../store/units/units.ts'
import { departingObjects } from './departing-objects.ts'
import { type DepartureOutcome, moveObject } from './move-object.ts'

const restMs = 30_000

const hindrances: Readonly<Partial<Record<DepartureOutcome, string>>> = {
  'no-node': 'find no other node that may take them; add nodes, or room',
  lost: "are damaged, and can't be made anew from other nodes now",
}

export class Drain {
  readonly #units: Units
  readonly #peer: Peer
  readonly #stop = new AbortController()
  /** Aborted to end a rest, or a pass over what is not to leave any more. */
  #wake = new AbortController()
  #running: Promise<void> | undefined

  constructor(units: Units, peer: Peer) {
    this.#units = units
    this.#peer = peer
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** There is more to leave, or less. */
  wake(): void {
    this.#wake.abort()
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { clock, logger } = this.#peer
    while (!this.#stop.signal.aborted) {
      this.#wake = new AbortController()
      const signal = AbortSignal.any([this.#stop.signal, this.#wake.signal])
      try {
        await this.#pass(signal)
        await sleep(clock, restMs, signal)
      } catch (error) {
        if (signal.aborted) continue
        logger.error({ error }, 'shards could not be moved to other nodes')
        await sleep(clock, restMs, signal).catch(() => {})
      }
    }
  }

  async #pass(signal: AbortSignal): Promise<void> {
    const units = this.#units
    const count = units.report().reduce((sum, { state, shardCount }) => sum + (state === 'leaving' ? shardCount : 0), 0)
    const outcomes = new Map<DepartureOutcome, number>()
    const done = (outcome: DepartureOutcome): void => {
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    }
    // What of the object has not gone yet is tried again; the others needn't wait for it.
    const noteFailure = (error: unknown): void => {
      signal.throwIfAborted()
      this.#peer.logger.warn({ error }, 'shards of an object could not be moved to other nodes')
      done('no-node')
    }
    if (count > 0) {
      for (const object of departingObjects(() => units.departing(), count)) {
        signal.throwIfAborted()
        await moveObject(object, { store: units, peer: this.#peer, signal, done }).catch(noteFailure)
      }
      const hindered = (['no-node', 'lost'] as const).filter((outcome) => outcomes.has(outcome))
      const problems = hindered.map((outcome) => `${outcomes.get(outcome)} shards ${hindrances[outcome]}`)
      units.hinderDeparture(problems.length === 0 ? undefined : problems.join('; '))
      this.#peer.logger.info({ moved: outcomes.get('moved') ?? 0, problems }, 'shards went to other nodes')
    }
    await units.departed()
  }
}
