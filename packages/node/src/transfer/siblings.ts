/** Which nodes have acknowledged shards of one stripe while the others are on their way, for those who need one of them. */
export class Siblings {
  readonly #acknowledged: string[]
  readonly #waiting: (() => void)[] = []
  /** Shards on their way that don't wait for a sibling. */
  #underWay: number

  /** @param shardCount shards on their way @param acknowledged nodes that hold others already */
  constructor(shardCount: number, acknowledged: readonly string[] = []) {
    this.#underWay = shardCount
    this.#acknowledged = [...acknowledged]
  }

  acknowledge(peerId: string): void {
    this.#acknowledged.push(peerId)
    this.#wake()
  }

  /** A shard is no longer on its way. */
  leave(): void {
    this.#underWay -= 1
    if (this.#underWay === 0) this.#wake()
  }

  /**
   * Waits for a node that has acknowledged, another one for each shard if there are so many.
   * @returns undefined when nobody has, and all that are on their way wait for each other
   */
  async find(shard: number): Promise<string | undefined> {
    if (this.#acknowledged.length === 0) {
      const found = new Promise<void>((resolve) => this.#waiting.push(resolve))
      this.leave()
      await found
      this.#underWay += 1
    }
    return this.#acknowledged[shard % this.#acknowledged.length]
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}
