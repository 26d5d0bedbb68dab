import { Progress } from '../progress.ts'
import type { Session } from '../session.ts'

const clearLine = '\r\u001b[K'

/** Says what is being worked on, in one line that the next replaces; silent where nobody looks. */
export class StatusLine implements Disposable {
  readonly #write: (text: string) => void

  constructor(session: Session) {
    const { stderr } = session.surroundings
    this.#write = Progress.isWanted(session) ? (text) => void stderr.write(text) : () => {}
  }

  show(text: string): void {
    this.#write(`${clearLine}${text}`)
  }

  [Symbol.dispose](): void {
    this.#write(clearLine)
  }
}
