import type { Clock } from '@p2pstore/node'
import { formatByteSize } from './byte-size.ts'
import type { Session } from './session.ts'

/** Time between two lines. */
const intervalMs = 200

/** Tells how far a transfer is, in one line that is written again and again; only on a terminal. */
export class Progress implements Disposable {
  readonly #write: (text: string) => void
  readonly #totalBytes: number | undefined
  readonly #clock: Pick<Clock, 'monotonicMs'>
  readonly #startedMs: number
  #shownMs: number

  constructor(write: (text: string) => void, totalBytes: number | undefined, clock: Pick<Clock, 'monotonicMs'>) {
    this.#write = write
    this.#totalBytes = totalBytes
    this.#clock = clock
    this.#startedMs = clock.monotonicMs()
    this.#shownMs = this.#startedMs
  }

  static isWanted({ settings, surroundings }: Session): boolean {
    return surroundings.stderr.isTTY === true && !settings.quiet && !settings.json
  }

  /** Silent where nobody looks. */
  static of(session: Session, totalBytes: number | undefined, clock: Clock): Progress {
    const { stderr } = session.surroundings
    const write = Progress.isWanted(session) ? (text: string) => void stderr.write(text) : () => {}
    return new Progress(write, totalBytes, clock)
  }

  update(doneBytes: number): void {
    const nowMs = this.#clock.monotonicMs()
    if (nowMs - this.#shownMs < intervalMs) return
    this.#shownMs = nowMs
    const rate = `${formatByteSize(Math.round((doneBytes * 1_000) / (nowMs - this.#startedMs)))}/s`
    const total = this.#totalBytes
    const share = total ? ` of ${formatByteSize(total)}, ${Math.floor((doneBytes * 100) / total)} %` : ''
    this.#write(`\r${clearLine}${formatByteSize(doneBytes)}${share}, ${rate}`)
  }

  [Symbol.dispose](): void {
    if (this.#shownMs > this.#startedMs) this.#write(`\r${clearLine}`)
  }
}

const clearLine = '\u001b[K'
