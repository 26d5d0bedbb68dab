import { Uint8ArrayList } from 'uint8arraylist'
import { describe, expect, test } from 'vitest'
import { manualClock } from '../../src/clock/manual-clock.ts'
import { CodedError } from '../../src/coded-error.ts'
import type { Handler, Request } from '../../src/protocol/handler.ts'
import { ServiceMeter } from '../../src/self/service-meter.ts'

function request(method: string, more: Partial<Request> = {}): Request {
  const from = { peerId: 'asker', role: 'client' }
  const rest = { head: {}, body: new Uint8ArrayList(), from, signal: new AbortController().signal }
  return { method, ...rest, ...more }
}

function setUp(handle: Handler, method = 'shard.get') {
  const clock = manualClock()
  const meter = new ServiceMeter(clock)
  const watched = meter.watch(new Map([[method, handle]])).get(method)!
  return { clock, meter, ask: (more: Partial<Request> = {}) => watched(request(method, more)) }
}

const failing = (code: string): Handler => {
  class Failure extends CodedError {}
  return () => Promise.reject(new Failure(code, 'failed'))
}

async function askOften(ask: () => Promise<unknown>, times: number): Promise<void> {
  for (let i = 0; i < times; i += 1) await ask().catch(() => {})
}

describe('errors', () => {
  test.each(['STORE_FAILED', 'SHARD_CORRUPT'])('%s is the fault of the node', async (code) => {
    const { meter, ask } = setUp(failing(code))
    await askOften(ask, 64)
    expect(meter.quality(true).errorPerMille).toBe(1000)
  })

  test.each([
    ['SHARD_CORRUPT', 1000],
    ['SHARD_NOT_FOUND', 0],
  ])('of many shards one with %s makes it %i in a thousand', async (code, errorPerMille) => {
    const { meter, ask } = setUp(async () => ({ head: { shards: [5, null, 'damaged', { code }] } }), 'shards.get')
    await askOften(ask, 64)
    expect(meter.quality(true).errorPerMille).toBe(errorPerMille)
  })

  test('so is what has no code, but not when the caller has given up', async () => {
    const { meter, ask } = setUp(() => Promise.reject(new Error('broken')))
    await askOften(() => ask({ signal: AbortSignal.abort() }), 64)
    expect(meter.quality(true).errorPerMille).toBe(0)
    await askOften(ask, 64)
    expect(meter.quality(true).errorPerMille).toBe(500)
  })

  test.each(['SHARD_NOT_FOUND', 'STORE_FULL', 'RUN_DISCARDED'])('%s is not', async (code) => {
    const { meter, ask } = setUp(failing(code))
    await askOften(ask, 64)
    expect(meter.quality(true).errorPerMille).toBe(0)
  })

  test('one failure is no rate, and many are forgotten when nobody asks any more', async () => {
    const { clock, meter, ask } = setUp(failing('STORE_FAILED'))
    await askOften(ask, 1)
    expect(meter.quality(true).errorPerMille).toBe(31)
    await askOften(ask, 63)
    expect(meter.quality(true).errorPerMille).toBe(1000)
    await clock.advance(600_000)
    expect(meter.quality(true).errorPerMille).toBeLessThan(10)
  })
})

test('the queue is a mean over the latest seconds; a long one makes the node busy until it is half as long', async () => {
  let finish = (): void => {}
  const finished = new Promise<void>((resolve) => {
    finish = resolve
  })
  const { clock, meter, ask } = setUp(async () => {
    await finished
    return {}
  })
  const asked = Array.from({ length: 100 }, () => ask())
  expect(meter.quality(true)).toEqual({ errorPerMille: 0, queueDepth: 0, admission: 'open' })
  await clock.advance(5_000)
  expect(meter.quality(true)).toMatchObject({ queueDepth: 50, admission: 'open' })
  await clock.advance(30_000)
  expect(meter.quality(true)).toMatchObject({ queueDepth: 99, admission: 'busy' })
  finish()
  await Promise.all(asked)
  await clock.advance(5_000)
  expect(meter.quality(true)).toMatchObject({ queueDepth: 50, admission: 'busy' })
  await clock.advance(5_000)
  expect(meter.quality(true)).toMatchObject({ queueDepth: 25, admission: 'open' })
  expect(meter.quality(false).admission).toBe('closed')
})

describe('speed', () => {
  test('is told of reads and of durable writes, by the bytes they moved', async () => {
    const { clock, meter, ask } = setUp(async () => {
      await new Promise<void>((resolve) => clock.setTimer(20, resolve))
      return { body: new Uint8Array(1_000) }
    })
    for (let i = 0; i < 16; i += 1) await clock.settle(ask())
    const { read, write } = meter.performance()!
    expect(read).toMatchObject({ bytesPerSecond: 50_000 })
    expect(read!.p50Us).toBeGreaterThan(18_000)
    expect(read!.p50Us).toBeLessThan(22_000)
    expect(write).toBeUndefined()
  })

  test('writes that are only taken into memory are no measure, nor are requests that read nothing', async () => {
    const done: Handler = async () => ({})
    const put = setUp(done, 'shard.put')
    await askOften(() => put.ask({ head: { durability: 'memory' } }), 64)
    expect(put.meter.performance()).toBeUndefined()
    await askOften(() => put.ask({ head: { durability: 'durable' } }), 64)
    expect(put.meter.performance()).toMatchObject({ write: { p50Us: 1 } })
    const stat = setUp(done, 'shard.stat')
    await askOften(stat.ask, 64)
    expect(stat.meter.performance()).toBeUndefined()
  })
})
