/**
 * Requests and answers of fixed lengths over a raw TLS socket: the least that could carry an object there or back. A
 * request is its verb, `p` or `g`, and for `p` an object; answers come in the order of the requests, `g` with an object, `p` with one
 * byte.
 */
import type { TLSSocket } from 'node:tls'

const objectBytes = 4096
const verbs = { put: 0x70, get: 0x67 } as const
export type Verb = keyof typeof verbs

const object = Buffer.alloc(objectBytes, 'p2pstore')
const requests = { put: Buffer.concat([Buffer.of(verbs.put), object]), get: Buffer.of(verbs.get) } as const
const answers = { put: Buffer.of(1), get: object } as const

/** The answering end. */
export function answerRequests(socket: TLSSocket): void {
  let skip = 0
  socket.on('data', (bytes: Buffer) => {
    socket.cork()
    for (let position = 0; position < bytes.length; ) {
      if (skip > 0) {
        const skipped = Math.min(skip, bytes.length - position)
        skip -= skipped
        position += skipped
        if (skip === 0) socket.write(answers.put)
      } else {
        if (bytes[position] === verbs.put) skip = objectBytes
        else socket.write(answers.get)
        position += 1
      }
    }
    socket.uncork()
  })
}

/** The asking end, of one socket. */
export class Exchange {
  readonly #socket: TLSSocket
  readonly #waiting: { left: number; readonly resolve: () => void }[] = []

  constructor(socket: TLSSocket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', (bytes: Buffer) => this.#take(bytes.length))
  }

  ask(verb: Verb): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ left: answers[verb].length, resolve })
      this.#socket.write(requests[verb])
    })
  }

  #take(length: number): void {
    for (let left = length; left > 0; ) {
      const first = this.#waiting[0]
      if (first === undefined) throw new Error('an answer came without a request')
      const taken = Math.min(left, first.left)
      first.left -= taken
      left -= taken
      if (first.left === 0) this.#waiting.shift()?.resolve()
    }
  }
}
