import { randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { ShardWrite } from '@p2pstore/node'
import { Uint8ArrayList } from 'uint8arraylist'

/** Makes shards of one size, `perObject` of them of one object, all with the same body. */
export class Shards {
  readonly body: Uint8Array
  readonly #checksum: number
  readonly #perObject: number

  constructor(bodyBytes: number, perObject = 8) {
    this.body = randomBytes(bodyBytes)
    this.#checksum = crc32(this.body)
    this.#perObject = perObject
  }

  write(number: number, deleteAfterMs = 0): ShardWrite {
    const runId = new Uint8Array(16)
    new DataView(runId.buffer).setUint32(0, Math.floor(number / this.#perObject))
    return {
      id: this.id(number),
      runId,
      body: new Uint8ArrayList(this.body),
      checksum: this.#checksum,
      deleteAfterMs,
    }
  }

  id(number: number): Uint8Array {
    const id = new Uint8Array(24)
    const view = new DataView(id.buffer)
    // Objects' ids are random; this spreads them as well, and can be told again.
    const object = Math.floor(number / this.#perObject)
    for (let word = 0; word < 4; word++) view.setUint32(4 * word, Math.imul(object + 1, 0x9e3779b1 + 2 * word))
    view.setUint32(20, number % this.#perObject)
    return id
  }
}
