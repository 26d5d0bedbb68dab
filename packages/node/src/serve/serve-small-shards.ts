/**
 * Many small shards in one request. Each is put or read as if it had been asked for alone, and all at the same time: those of one
 * request are made durable together, and what goes wrong with one is told of that one.
 */
import { Uint8ArrayList } from 'uint8arraylist'
import { CodedError } from '../coded-error.ts'
import { MessageError } from '../messages/message.ts'
import { shardsGet, shardsPut, smallShardBytes } from '../messages/shard-messages.ts'
import type { ShardLocation, ShardStore, ShardWrite } from '../ports/shard-store.ts'
import { type Failure, failureOf } from '../protocol/failure.ts'
import type { Handler } from '../protocol/handler.ts'
import { handler } from './handler.ts'
import { ServeError } from './serve-error.ts'

/** @param put stores one shard durably */
export function smallShardHandlers(
  store: Pick<ShardStore, 'get' | 'stat'>,
  put: (write: ShardWrite) => Promise<ShardLocation>,
): [string, Handler][] {
  return [
    handler(shardsPut, async ({ shards }, { body }) => ({
      head: { shards: await Promise.all(writesIn(shards, body).map((write) => orFailure(put(write)))) },
    })),
    handler(shardsGet, async ({ ids }) => {
      const bodies = await Promise.all(ids.map((id) => orFailure(getSmall(store, id))))
      const found = bodies.filter((body) => body instanceof Uint8Array)
      return {
        head: { shards: bodies.map((body) => (body instanceof Uint8Array ? body.length : body)) },
        body: Uint8ArrayList.fromUint8Arrays(found),
      }
    }),
  ]
}

type SmallShard = Omit<ShardWrite, 'runId' | 'body'> & { readonly run: Uint8Array; readonly lengthBytes: number }

/** @throws MessageError REQUEST_INVALID */
function writesIn(shards: readonly SmallShard[], body: Uint8ArrayList): ShardWrite[] {
  if (shards.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0) !== body.byteLength) {
    throw new MessageError('REQUEST_INVALID', `${shardsPut.method}: the body is not as long as its shards`)
  }
  let offset = 0
  return shards.map(({ run: runId, lengthBytes, ...shard }) => {
    offset += lengthBytes
    return { ...shard, runId, body: body.sublist(offset - lengthBytes, offset) }
  })
}

async function getSmall(store: Pick<ShardStore, 'get' | 'stat'>, id: Uint8Array): Promise<Uint8Array> {
  assertSmall(store.stat(id)?.lengthBytes ?? 0)
  const body = await store.get(id)
  if (body === undefined) throw new ServeError('SHARD_NOT_FOUND', 'this node does not hold the shard')
  // It may have been replaced since.
  assertSmall(body.length)
  return body
}

/** @throws ServeError SHARD_LONG */
function assertSmall(lengthBytes: number): void {
  if (lengthBytes > smallShardBytes) throw new ServeError('SHARD_LONG', 'the shard has to be asked for alone')
}

/** What comes without a code fails all of the request. */
async function orFailure<T>(result: Promise<T>): Promise<T | Failure> {
  try {
    return await result
  } catch (error) {
    if (error instanceof CodedError) return failureOf(error)
    throw error
  }
}
