/** Which way a shard takes: nodes whose answers are written out, and a stripe of which others have been acknowledged or not. */
import { crc32 } from 'node:zlib'
import { expect, test } from 'vitest'
import { RemoteError, RpcError } from '../../src/protocol/rpc-error.ts'
import { type OutgoingShard, type ShardNetwork, sendShard } from '../../src/transfer/send-shard.ts'
import { Siblings } from '../../src/transfer/siblings.ts'

const bytes = new Uint8Array(64).fill(9)
const shard: OutgoingShard = {
  ...{ id: new Uint8Array(24), runId: new Uint8Array(16), index: 0, bytes, checksum: crc32(bytes) },
  ...{ deleteAfterMs: 0, durability: 'durable', isAlone: false },
}
const location = { unit: 'u', segment: 1, offsetBytes: 4096, lengthBytes: 64, checksum: crc32(bytes), deleteAfterMs: 0 }
const stored = { peerId: 'target', unit: 'u', segment: 1, offsetBytes: 4096, checksum: crc32(bytes) }
const lost = (code: 'PEER_UNREACHABLE' | 'TIMEOUT') => new RpcError(code, 'lost', { retryable: true })
const said = (code: string) => new RemoteError('someone', { code, message: 'no', retryable: true })

/** What comes of a request: an error, or other fields of the reply than the right ones. */
type Answer = Error | object

interface Stage {
  /** What the target answers, and what the node that is to pass it on. */
  readonly straight?: Answer
  readonly aside?: Answer
  readonly isPoorWay?: boolean
  readonly siblings?: Siblings
}

async function send({ straight = {}, aside = {}, isPoorWay = false, siblings = new Siblings(1, ['sibling']) }: Stage) {
  const asked: string[] = []
  const call = async (peerId: string, { method }: { method: string }, head: { to?: string }) => {
    asked.push(`${method} ${peerId}`)
    const answer = head.to === undefined ? straight : aside
    if (answer instanceof Error) throw answer
    return { head: { ...location, ...(head.to !== undefined && { holder: head.to }), ...answer } }
  }
  const network = { call, selfId: 'self', isPoorWay: () => isPoorWay } as unknown as ShardNetwork
  const { signal } = new AbortController()
  const outcome = await sendShard(shard, 'target', siblings, network, signal).catch((failure: Error) => failure)
  return { outcome, asked }
}

const straightOn = 'shard.put target'
const passedOn = 'shard.forward sibling'

test('a good way is taken', async () => {
  expect(await send({})).toEqual({ outcome: { stored }, asked: [straightOn] })
})

test.each(['PEER_UNREACHABLE', 'TIMEOUT'] as const)('after %s the node of a sibling passes it on', async (code) => {
  const { outcome, asked } = await send({ straight: lost(code) })
  expect(outcome).toEqual({ stored, passedOnBy: 'sibling' })
  expect(asked).toEqual([straightOn, passedOn])
})

test.each(['STORE_FULL', 'RUN_DISCARDED', 'STRIPE_HELD', 'NOT_PERMITTED'])(
  'what a node refuses with %s is not brought to it by another way',
  async (code) => {
    expect(await send({ straight: said(code) })).toMatchObject({ outcome: { code }, asked: [straightOn] })
    expect(await send({ isPoorWay: true, aside: said(code) })).toMatchObject({ outcome: { code }, asked: [passedOn] })
  },
)

test('a poor way is taken only when the sibling finds none', async () => {
  expect(await send({ isPoorWay: true })).toMatchObject({ outcome: { passedOnBy: 'sibling' }, asked: [passedOn] })
  for (const code of ['PEER_UNREACHABLE', 'TIMEOUT', 'OVERLOADED', 'FORWARD_REFUSED', 'METHOD_UNKNOWN']) {
    expect(await send({ isPoorWay: true, aside: said(code) })).toEqual({
      outcome: { stored },
      asked: [passedOn, straightOn],
    })
  }
})

test('each way is tried once', async () => {
  const failures = { straight: lost('TIMEOUT'), aside: said('PEER_UNREACHABLE') }
  expect(await send(failures)).toMatchObject({ outcome: { code: 'PEER_UNREACHABLE' }, asked: [straightOn, passedOn] })
  expect(await send({ ...failures, isPoorWay: true })).toMatchObject({
    outcome: { code: 'TIMEOUT' },
    asked: [passedOn, straightOn],
  })
})

test('without a sibling only the way to the node itself is left', async () => {
  for (const isPoorWay of [false, true]) {
    const alone = await send({ isPoorWay, straight: lost('TIMEOUT'), siblings: new Siblings(1) })
    expect(alone).toMatchObject({ outcome: { code: 'TIMEOUT' }, asked: [straightOn] })
  }
})

test.each([{ checksum: 1 }, { lengthBytes: 63 }, { holder: 'another' }])('%j is no acknowledgement', async (lie) => {
  const { outcome } = await send({ isPoorWay: true, aside: lie })
  expect(outcome).toBeInstanceOf(Error)
})

test('who waits for a sibling gets one as soon as it is acknowledged, or hears that there will be none', async () => {
  const siblings = new Siblings(3)
  const waiting = [siblings.find(0), siblings.find(1)]
  siblings.acknowledge('third')
  siblings.leave()
  expect(await Promise.all(waiting)).toEqual(['third', 'third'])
  const lonely = new Siblings(3)
  const all = [0, 1].map((shard) => lonely.find(shard))
  lonely.leave()
  expect(await Promise.all(all)).toEqual([undefined, undefined])
  const many = new Siblings(1, ['a', 'b'])
  expect(await Promise.all([0, 1, 2].map((shard) => many.find(shard)))).toEqual(['a', 'b', 'a'])
})
