/** The writer of a stripe against nodes whose answers are written out by time, on a clock moved by hand. */
import { crc32 } from 'node:zlib'
import type { Uint8ArrayList } from 'uint8arraylist'
import { expect, test } from 'vitest'
import { manualClock } from '../../src/clock/manual-clock.ts'
import type { Network } from '../../src/network.ts'
import { tooFewStored, uploadStripe } from '../../src/transfer/upload.ts'

const shards = new Map(Array.from({ length: 6 }, (_, index) => [index, new Uint8Array(64).fill(index)]))
const nodes = ['n0', 'n1', 'n2', 'n3', 'n4', 'n5']

/** Milliseconds until the node acknowledges; `broken` refuses at once, `lying` acknowledges other bytes. */
type Behaviour = number | 'broken' | 'lying'

function scene(behaviours: Record<string, Behaviour>, options: { fallbacks?: string[]; requiredShards?: number } = {}) {
  const clock = manualClock()
  const call = (
    peerId: string,
    _message: unknown,
    _head: unknown,
    { body, signal }: { body: Uint8ArrayList; signal: AbortSignal },
  ) => {
    const behaviour = behaviours[peerId] ?? 10
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason))
      if (behaviour === 'broken') return reject(new Error(`${peerId} is broken`))
      const checksum = behaviour === 'lying' ? 0 : crc32(body.subarray())
      const head = { unit: 'u', segment: 1, offsetBytes: 0, lengthBytes: body.length, checksum, deleteAfterMs: 0 }
      clock.setTimer(behaviour === 'lying' ? 1 : behaviour, () => resolve({ head, body: undefined }))
    })
  }
  const fallbacks = [...(options.fallbacks ?? [])]
  const upload = {
    objectId: new Uint8Array(16),
    runId: new Uint8Array(16),
    stripe: 3,
    deleteAfterMs: 0,
    durability: 'durable' as const,
    requiredShards: options.requiredShards ?? 6,
    shards,
    nodes: new Map(nodes.entries()),
    substitute: () => fallbacks.shift(),
  }
  const abort = new AbortController()
  const network = { call, selfId: 'self', isPoorWay: () => false } as unknown as Network
  const result = uploadStripe(upload, network, clock, abort.signal)
  result.catch(() => {})
  return { clock, result, abort }
}

test('every shard goes to its node', async () => {
  const { clock, result } = scene({})
  await clock.advance(10)
  const { stored } = await result
  expect([...stored].map(([index, { peerId }]) => [index, peerId]).sort()).toEqual(
    nodes.map((node, index) => [index, node]),
  )
})

test('a node that fails or lies is replaced, and no node ever gets two shards', async () => {
  const { clock, result } = scene({ n1: 'broken', n4: 'lying' }, { fallbacks: ['f0', 'f1', 'f2'] })
  await clock.advance(50)
  const { stored, failures } = await result
  expect(stored.size).toBe(6)
  expect(new Set([...stored.values()].map(({ peerId }) => peerId)).size).toBe(6)
  expect(failures).toHaveLength(2)
})

test('once enough are acknowledged, the slowest get a moment of grace and are then given up', async () => {
  const { clock, result } = scene({ n5: 60_000 }, { requiredShards: 5 })
  let isSettled = false
  void result.then(() => {
    isSettled = true
  })
  await clock.advance(400)
  expect(isSettled).toBe(false)
  await clock.advance(200)
  expect([...(await result).stored.keys()].sort()).toEqual([0, 1, 2, 3, 4])
})

test('when enough can no longer be reached, the rest are given up at once', async () => {
  const { clock, result } = scene({ n0: 'broken', n5: 60_000 })
  await clock.advance(20)
  const uploaded = await result
  expect(uploaded.stored.size).toBeLessThan(6)
  const failure = tooFewStored(3, uploaded.stored.size, 6, uploaded.failures)
  expect(failure).toMatchObject({ code: 'TOO_FEW_NODES', message: expect.stringContaining('n0 is broken') })
})

test('an abort ends it with its reason', async () => {
  const { clock, result, abort } = scene({ n0: 60_000 })
  const reason = new Error('enough')
  await clock.advance(20)
  abort.abort(reason)
  await clock.advance(1)
  await expect(result).rejects.toBe(reason)
})
