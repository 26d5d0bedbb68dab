/** Small shards to and from other members, those of the same time in one request. */
import { Uint8ArrayList } from 'uint8arraylist'
import { CodedError } from '../coded-error.ts'
import type { Call } from '../messages/call.ts'
import {
  maximumSmallShards,
  shardGet,
  shardPut,
  shardsGet,
  shardsPut,
  smallShardBytes,
} from '../messages/shard-messages.ts'
import type { ShardLocation } from '../ports/shard-store.ts'
import { RemoteError } from '../protocol/rpc-error.ts'
import { Gatherer } from './gatherer.ts'

export interface SmallShard {
  readonly id: Uint8Array
  readonly run: Uint8Array
  readonly bytes: Uint8Array
  /** CRC-32 of them. */
  readonly checksum: number
  readonly deleteAfterMs: number
}

const getTimeoutMs = 5_000
const putTimeoutMs = 10_000

export class SmallShards {
  readonly #call: Call
  readonly #gets: Gatherer<Uint8Array, Uint8Array>
  readonly #puts: Gatherer<SmallShard, ShardLocation>

  constructor(call: Call) {
    this.#call = call
    this.#gets = new Gatherer((peerId, ids) => this.#getAll(peerId, ids), maximumSmallShards)
    this.#puts = new Gatherer((peerId, shards) => this.#putAll(peerId, shards), maximumSmallShards)
  }

  /**
   * A shard that is small, most likely; one that turns out not to be is asked for once more.
   * @throws RpcError, RemoteError, MessageError
   */
  async get(peerId: string, id: Uint8Array): Promise<Uint8Array> {
    try {
      return await this.#gets.add(peerId, id)
    } catch (failure) {
      if (!(failure instanceof CodedError) || failure.code !== 'SHARD_LONG') throw failure
      const { body } = await this.#call(peerId, shardGet, { id }, { timeoutMs: getTimeoutMs, lane: 'bulk' })
      return body.subarray()
    }
  }

  /**
   * Has a member store a shard durably; a long one goes alone.
   * @throws RpcError, RemoteError, MessageError; the signal's reason when aborted
   */
  async put(peerId: string, shard: SmallShard, signal: AbortSignal): Promise<ShardLocation> {
    if (shard.bytes.length <= smallShardBytes) return this.#puts.add(peerId, shard, signal)
    const { bytes: body, ...head } = shard
    const options = { body, signal, timeoutMs: putTimeoutMs }
    return (await this.#call(peerId, shardPut, { ...head, durability: 'durable' }, options)).head
  }

  async #getAll(peerId: string, ids: readonly Uint8Array[]): Promise<(Uint8Array | Error)[]> {
    const options = { timeoutMs: getTimeoutMs, lane: 'bulk' } as const
    const { head, body } = await this.#call(peerId, shardsGet, { ids: [...ids] }, options)
    let offset = 0
    return answersTo(ids, head.shards).map((answer) => {
      if (typeof answer !== 'number') return new RemoteError(peerId, answer)
      offset += answer
      return body.subarray(offset - answer, offset)
    })
  }

  async #putAll(peerId: string, shards: readonly SmallShard[]): Promise<(ShardLocation | Error)[]> {
    const heads = shards.map(({ bytes, ...head }) => ({ ...head, lengthBytes: bytes.length }))
    const body = Uint8ArrayList.fromUint8Arrays(shards.map(({ bytes }) => bytes))
    const { head } = await this.#call(peerId, shardsPut, { shards: heads }, { body, timeoutMs: putTimeoutMs })
    return answersTo(shards, head.shards).map((answer) => ('code' in answer ? new RemoteError(peerId, answer) : answer))
  }
}

/** @throws Error when they are not as many as the questions */
function answersTo<Answer>(questions: readonly unknown[], answers: readonly Answer[]): readonly Answer[] {
  if (answers.length === questions.length) return answers
  throw new Error(`${answers.length} answers came to ${questions.length} questions`)
}
