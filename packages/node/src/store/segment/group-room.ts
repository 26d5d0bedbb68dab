/**
 * Room in memory for the group that gathers, given out in the order in which it is asked for.
 *
 * While one group is written the next one gathers. Were all that is in hand in one group, the disk would rest while its writers
 * prepare the next, and they while it is written. So of much in hand a group takes half at the most, and both work at a time.
 * Of little it takes all, as far as `groupBytes` go: a sync that many share counts for more then.
 */

/** Up to here, what is in hand goes in one group. */
export const smallGroupBytes = 1 << 20

interface Waiting {
  readonly bytes: number
  readonly enter: () => void
}

export class GroupRoom {
  readonly #groupBytes: number
  readonly #waiting: Waiting[] = []
  #waitingBytes = 0
  #gatheredBytes = 0
  #writtenBytes = 0

  /** @param groupBytes most that gathers; a longer record goes alone */
  constructor(groupBytes: number) {
    this.#groupBytes = groupBytes
  }

  get gatheredBytes(): number {
    return this.#gatheredBytes
  }

  /** `enter` is called by {@link admit}, and has to {@link take} the bytes. */
  queue(bytes: number, enter: () => void): void {
    this.#waiting.push({ bytes, enter })
    this.#waitingBytes += bytes
  }

  /** Lets in whoever waits, one after the other, until `mayEnter` says no; it is told whether the next one fits. */
  admit(mayEnter: (fits: boolean) => boolean): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      if (!mayEnter(this.#fits(first.bytes))) return
      this.#waiting.shift()
      this.#waitingBytes -= first.bytes
      first.enter()
    }
  }

  /** Counts what has been let in. */
  take(bytes: number): void {
    this.#gatheredBytes += bytes
  }

  /** What has gathered is written from now on. */
  close(): void {
    this.#writtenBytes = this.#gatheredBytes
    this.#gatheredBytes = 0
  }

  #fits(bytes: number): boolean {
    const inHandBytes = this.#writtenBytes + this.#gatheredBytes + this.#waitingBytes
    const mostBytes = Math.min(this.#groupBytes, Math.max(smallGroupBytes, inHandBytes / 2))
    return this.#gatheredBytes === 0 || this.#gatheredBytes + bytes <= mostBytes
  }
}
