import { join } from 'node:path'
import { openNodeDisk } from '@p2pstore/node'
import { median, pairedRow, type Row } from '../benchmark.ts'
import { crowd, percentile } from '../crowd.ts'
import { plainAppend, syncTimes } from './floors.ts'
import { openUnit } from './open-unit.ts'
import type { Shards } from './shards.ts'
import { timedDisk } from './timed-disk.ts'

/** How long the slowest of a hundred puts of a crowd takes until it is durable, and what that can be compared with. */
export class Acknowledgements {
  readonly writers: number
  readonly #shards: Shards
  readonly #slowMs: number[] = []
  readonly #loneSyncMs: number[] = []
  readonly #ownSyncMs: number[] = []
  readonly #inHandMs: number[] = []

  constructor(shards: Shards, writers: number) {
    this.#shards = shards
    this.writers = writers
  }

  /** One round, of that many puts into a new unit. @returns the seconds that they took */
  async measure(directory: string, count: number): Promise<number> {
    const shards = this.#shards
    const unitDirectory = join(directory, `unit-${this.writers}`)
    const syncsMs: number[] = []
    const unit = await openUnit(unitDirectory, { disk: timedDisk(await openNodeDisk(unitDirectory), syncsMs) })
    syncsMs.length = 0
    const { seconds, latenciesMs } = await crowd(count, this.writers, (number) => unit.put(shards.write(number)))
    this.#slowMs.push(percentile(latenciesMs, 0.99))
    this.#ownSyncMs.push(
      percentile(
        syncsMs.sort((a, b) => a - b),
        0.99,
      ),
    )
    await unit.close()
    this.#loneSyncMs.push(median(await syncTimes(directory, shards.body, 50)))
    const inHandMs: number[] = []
    for (let turn = 0; turn < 5; turn++) {
      inHandMs.push(1000 * (await plainAppend(directory, shards.body, this.writers, this.writers)))
    }
    this.#inHandMs.push(median(inHandMs))
    return seconds
  }

  rows(): Row[] {
    const name = `p99 of puts of ${this.#shards.body.length >> 10} KiB, ${this.writers} writers`
    return [
      pairedRow(`${name} / sync of one alone`, this.#slowMs, 'ms', this.#loneSyncMs),
      pairedRow(`${name} / p99 of its own syncs`, this.#slowMs, 'ms', this.#ownSyncMs),
      pairedRow(`${name} / plain append of all in hand`, this.#slowMs, 'ms', this.#inHandMs),
    ]
  }
}
