import { describe, expect, it } from 'vitest'
import type { Handler } from '../../src/protocol/rpc.ts'
import { memoryNetwork } from './network.ts'

const mebibyte = 1 << 20
const windowBytes = 4 * mebibyte

/** Handlers that wait until they are let go, one by one. */
function gatedHandler() {
  const waiting: (() => void)[] = []
  let startedCount = 0
  const handler: Handler = async ({ body }) => {
    startedCount += 1
    await new Promise<void>((resolve) => waiting.push(resolve))
    return { head: { bytes: body.byteLength } }
  }
  return {
    handler,
    started: () => startedCount,
    letGo: (count: number) => {
      for (const release of waiting.splice(0, count)) release()
    },
  }
}

describe('credit', () => {
  it('stops a sender whose requests are not worked off, and lets it go on as they are', async () => {
    const net = memoryNetwork()
    const gate = gatedHandler()
    const b = await net.peer({ handler: gate.handler, limits: { windowBytes } })
    const a = await net.peer()
    const body = new Uint8Array(256 * 1024)
    const calls = Array.from({ length: 64 }, () => a.rpc.call(b, 'put', {}, { body, timeoutMs: 100_000 }))
    await net.advance(1000)
    // 15 bodies of 256 KiB and their heads fit in a window of 4 MiB.
    expect(gate.started()).toBe(15)
    // Room is announced in quarters of the window.
    gate.letGo(3)
    await net.advance(1000)
    expect(gate.started()).toBe(15)
    gate.letGo(1)
    await net.advance(1000)
    expect(gate.started()).toBe(19)
    for (let round = 0; round < 64; round++) {
      gate.letGo(64)
      await net.advance(10)
    }
    const answers = await net.settle(Promise.all(calls))
    expect(answers.map(({ head }) => head)).toEqual(calls.map(() => ({ bytes: body.length })))
  })

  it('is not used by calls that gave up before they were sent, and is kept by those that gave up after', async () => {
    const net = memoryNetwork()
    const gate = gatedHandler()
    const b = await net.peer({ handler: gate.handler, limits: { requestLimit: 2 } })
    const a = await net.peer()
    const call = (timeoutMs: number) => a.rpc.call(b, 'get', {}, { timeoutMs }).catch(({ code }) => code)
    const outcomes = [100, 200, 300, 400, 10_000].map(call)
    await net.advance(450)
    expect(gate.started()).toBe(2)
    expect(await Promise.all(outcomes.slice(0, 4))).toEqual(['TIMEOUT', 'TIMEOUT', 'TIMEOUT', 'TIMEOUT'])
    gate.letGo(2)
    await net.advance(10)
    expect(gate.started()).toBe(3)
    gate.letGo(1)
    expect(await net.settle(outcomes[4]!)).toMatchObject({ head: { bytes: 0 } })
  })

  it('stops an answering side whose replies do not get through: it starts no more handlers', async () => {
    const net = memoryNetwork()
    let startedCount = 0
    const handler: Handler = async () => {
      startedCount += 1
      return { body: new Uint8Array(256 * 1024) }
    }
    const b = await net.peer({ handler, limits: { windowBytes, runningLimit: 4 } })
    const a = await net.peer({ limits: { windowBytes } })
    await net.settle(a.rpc.call(b, 'get', {}, { lane: 'bulk' }))
    net.hub.cut(b.peerId, a.peerId)
    startedCount = 0
    const calls = Array.from({ length: 200 }, () => a.rpc.call(b, 'get', {}, { lane: 'bulk', timeoutMs: 100_000 }))
    await net.advance(1000)
    // 1 MiB waits in the stream and 1 MiB, a quarter window, before it; what is running then comes on top.
    expect(startedCount).toBeGreaterThanOrEqual(8)
    expect(startedCount).toBeLessThanOrEqual(8 + 4)
    net.hub.heal(b.peerId, a.peerId)
    const answers = await net.settle(Promise.all(calls))
    expect(answers.every(({ body }) => body.byteLength === 256 * 1024)).toBe(true)
    expect(startedCount).toBe(200)
  })

  it('runs only so many handlers at a time', async () => {
    const net = memoryNetwork()
    const gate = gatedHandler()
    const b = await net.peer({ handler: gate.handler, limits: { runningLimit: 3 } })
    const a = await net.peer()
    const calls = Array.from({ length: 10 }, () => a.rpc.call(b, 'get', {}))
    for (const expected of [3, 6, 9, 10]) {
      await net.advance(100)
      expect(gate.started()).toBe(expected)
      gate.letGo(3)
    }
    await net.settle(Promise.all(calls))
  })

  it('refuses calls when too many are waiting to be sent', async () => {
    const net = memoryNetwork()
    const gate = gatedHandler()
    const b = await net.peer({ handler: gate.handler, limits: { requestLimit: 1 } })
    const a = await net.peer({ limits: { queueLimit: 2 } })
    const first = a.rpc.call(b, 'get', {})
    await net.advance(100)
    const [second, third, fourth] = [1, 2, 3].map(() => a.rpc.call(b, 'get', {}))
    await expect(net.settle(fourth!)).rejects.toMatchObject({ code: 'OVERLOADED', retryable: true })
    for (const call of [first, second, third]) {
      gate.letGo(1)
      await net.settle(call!)
      await net.advance(10)
    }
  })

  it('keeps a slow bulk lane from delaying the control lane', async () => {
    const net = memoryNetwork()
    const gate = gatedHandler()
    const handler: Handler = (request) => (request.method === 'ping' ? Promise.resolve({}) : gate.handler(request))
    const b = await net.peer({ handler, limits: { windowBytes } })
    const a = await net.peer()
    const body = new Uint8Array(mebibyte)
    const puts = Array.from({ length: 20 }, () => a.rpc.call(b, 'put', {}, { body, timeoutMs: 100_000 }))
    await net.advance(100)
    const startMs = net.clock.monotonicMs()
    await net.settle(a.rpc.call(b, 'ping', {}))
    expect(net.clock.monotonicMs() - startMs).toBeLessThan(10)
    for (let round = 0; round < 20; round++) {
      gate.letGo(20)
      await net.advance(10)
    }
    await net.settle(Promise.all(puts))
  })

  it('wants a window that two of the largest messages fit in', () => {
    const net = memoryNetwork()
    return expect(net.peer({ limits: { windowBytes: 2 * mebibyte } })).rejects.toThrow(RangeError)
  })
})
