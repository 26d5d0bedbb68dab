import { describe, expect, it } from 'vitest'
import { CodedError } from '../../src/coded-error.ts'
import type { CallReport } from '../../src/protocol/observer.ts'
import type { Handler, Request } from '../../src/protocol/rpc.ts'
import { libp2pNetwork, memoryNetwork, type TestNetwork, testDoorman } from './network.ts'

class FullError extends CodedError<'STORE_FULL'> {}

const transports: [string, () => TestNetwork][] = [
  ['memory', memoryNetwork],
  ['libp2p', libp2pNetwork],
]

describe.each(transports)('calls over %s', (_name, createNetwork) => {
  it('return the head and the body of the reply', async () => {
    const net = createNetwork()
    const [a, b] = [await net.peer(), await net.peer()]
    const head = { text: 'é', list: [1, -1, 0.5, null, true], bytes: Uint8Array.of(1, 2), nested: { a: {} } }
    for (const length of [0, 1, 4096, 1 << 20]) {
      const body = new Uint8Array(length).map((_, index) => index * 31)
      const answer = await net.settle(a.rpc.call(b, 'echo', head, { body }))
      expect(answer.head).toEqual(head)
      expect(Buffer.compare(answer.body.subarray(), body)).toBe(0)
    }
  })

  it('tell the handler who asks what', async () => {
    const net = createNetwork()
    const asked: Pick<Request, 'method' | 'head' | 'from'>[] = []
    const handler: Handler = async ({ method, head, from }) => {
      asked.push({ method, head, from })
      return {}
    }
    const [a, b] = [await net.peer(), await net.peer({ handler })]
    expect((await net.settle(a.rpc.call(b, 'shard.put', { n: 1, missing: undefined }))).head).toEqual({})
    expect(asked).toEqual([{ method: 'shard.put', head: { n: 1 }, from: { peerId: a.peerId, role: 'storage' } }])
  })

  it('go both ways between two peers at the same time', async () => {
    const net = createNetwork()
    const [a, b] = [await net.peer(), await net.peer()]
    const body = new Uint8Array(200_000).fill(1)
    const calls = Array.from({ length: 40 }, (_, n) => {
      const [from, to] = n % 2 === 0 ? [a, b] : [b, a]
      return from.rpc.call(to, 'echo', { n }, { body })
    })
    const answers = await net.settle(Promise.all(calls))
    expect(answers.map(({ head }) => head)).toEqual(calls.map((_, n) => ({ n })))
    expect(answers.every(({ body }) => body.byteLength === 200_000)).toBe(true)
  })

  it('are pipelined by the thousand, and each gets its own answer', async () => {
    const net = createNetwork()
    const [a, b] = [await net.peer(), await net.peer()]
    const numbers = Array.from({ length: 4000 }, (_, n) => n)
    const answers = await net.settle(Promise.all(numbers.map((n) => a.rpc.call(b, 'echo', { n }))))
    expect(answers.map(({ head }) => head)).toEqual(numbers.map((n) => ({ n })))
  })

  it('are answered in any order', async () => {
    const net = createNetwork()
    let open = (): void => {}
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    const handler: Handler = async ({ method }) => {
      if (method === 'slow') await gate
      else open()
      return { head: { method } }
    }
    const [a, b] = [await net.peer(), await net.peer({ handler })]
    const order: unknown[] = []
    const call = async (method: string): Promise<void> => {
      order.push((await a.rpc.call(b, method, {})).head)
    }
    await net.settle(Promise.all([call('slow'), call('fast')]))
    expect(order).toEqual([{ method: 'fast' }, { method: 'slow' }])
  })

  it('fail with the code, the message and the retryability of what the handler throws', async () => {
    const net = createNetwork()
    const handler: Handler = () => Promise.reject(new FullError('STORE_FULL', 'no room left', { retryable: true }))
    const [a, b] = [await net.peer(), await net.peer({ handler })]
    await expect(net.settle(a.rpc.call(b, 'shard.put', {}))).rejects.toMatchObject({
      name: 'RemoteError',
      code: 'STORE_FULL',
      message: 'no room left',
      retryable: true,
      peerId: b.peerId,
    })
  })

  it('say nothing of an unforeseen failure, which the answering side logs', async () => {
    const net = createNetwork()
    const failures: (() => unknown)[] = [
      () => Promise.reject(new Error('the secret is 1234')),
      () => {
        throw new TypeError('the secret is 1234')
      },
      () => Promise.resolve({ head: () => 'the secret is 1234' }),
      () => Promise.resolve({ body: new Uint8Array(3 << 20) }),
    ]
    const handler: Handler = async ({ head }) => failures[(head as { n: number }).n]!() as Promise<object>
    const [a, b] = [await net.peer(), await net.peer({ handler })]
    for (const n of failures.keys()) {
      const error = await net.settle(a.rpc.call(b, 'fail', { n })).catch((reason: unknown) => reason)
      expect(error).toMatchObject({ name: 'RemoteError', code: 'INTERNAL', message: 'internal error' })
    }
    expect(net.logger.lines.filter(({ level }) => level === 'error')).toHaveLength(failures.length)
  })

  it('end with ABORTED when the caller gives up, and so does the handler', async () => {
    const net = createNetwork()
    const given = new AbortController()
    const reasons: unknown[] = []
    let onReason = (): void => {}
    const noted = new Promise<void>((resolve) => {
      onReason = resolve
    })
    const handler: Handler = ({ method, signal }) => {
      if (method === 'quick') return Promise.resolve({})
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          reasons.push(signal.reason)
          onReason()
          reject(signal.reason)
        })
        given.abort(new Error('changed my mind'))
      })
    }
    const [a, b] = [await net.peer(), await net.peer({ handler })]
    const call = a.rpc.call(b, 'slow', {}, { signal: given.signal })
    await expect(net.settle(call)).rejects.toMatchObject({ code: 'ABORTED', cause: { message: 'changed my mind' } })
    await net.settle(noted)
    expect(reasons).toMatchObject([{ code: 'ABORTED' }])
    expect((await net.settle(a.rpc.call(b, 'quick', {}))).head).toEqual({})
    await expect(a.rpc.call(b, 'quick', {}, { signal: given.signal })).rejects.toMatchObject({ code: 'ABORTED' })
  })

  it('end with TIMEOUT when no answer comes in time, and the handler is told', async () => {
    const net = createNetwork()
    let onAbort = (_reason: unknown): void => {}
    const aborted = new Promise<unknown>((resolve) => {
      onAbort = resolve
    })
    const handler: Handler = ({ method, signal }) => {
      if (method === 'quick') return Promise.resolve({})
      return new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          onAbort(signal.reason)
          resolve({})
        })
      })
    }
    const [a, b] = [await net.peer(), await net.peer({ handler })]
    await net.settle(a.rpc.call(b, 'quick', {}))
    const call = a.rpc.call(b, 'slow', {}, { timeoutMs: 300 })
    await expect(net.settle(call)).rejects.toMatchObject({ code: 'TIMEOUT', retryable: true })
    // Whichever is first: the deadline that came with the request, or the cancel.
    expect(['TIMEOUT', 'ABORTED']).toContain(((await net.settle(aborted)) as CodedError).code)
  })

  it('fail with PEER_UNREACHABLE when the peer goes away, and work again when it is back', async () => {
    const net = createNetwork()
    let arrived = (): void => {}
    const inHand = new Promise<void>((resolve) => {
      arrived = resolve
    })
    const handler: Handler = ({ method, signal }) => {
      if (method === 'quick') return Promise.resolve({})
      arrived()
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    }
    const [a, b] = [await net.peer(), await net.peer({ handler })]
    const call = a.rpc.call(b, 'slow', {})
    await net.settle(inHand)
    net.breakConnection(b, a)
    await expect(net.settle(call)).rejects.toMatchObject({ code: 'PEER_UNREACHABLE', retryable: true })
    expect((await net.settle(a.rpc.call(b, 'quick', {}))).head).toEqual({})
  })

  it('fail with PEER_UNREACHABLE when nobody is there', async () => {
    const net = createNetwork()
    const [a, gone] = [await net.peer(), await net.peer()]
    await gone.rpc.close()
    await expect(net.settle(a.rpc.call(gone, 'echo', {}))).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' })
  })

  it('are refused to a peer that is no member, and told to it', async () => {
    const net = createNetwork()
    let count = 0
    const handler: Handler = async () => {
      count += 1
      return {}
    }
    const member = await net.peer({ handler })
    const stranger = await net.peer({ doorman: testDoorman({ word: 'stranger' }) })
    for (let round = 0; round < 3; round++) {
      const call = stranger.rpc.call(member, 'echo', {})
      await expect(net.settle(call)).rejects.toMatchObject({ name: 'RemoteError', code: 'NOT_A_MEMBER' })
    }
    expect(count).toBe(0)
    const friend = await net.peer()
    await net.settle(friend.rpc.call(member, 'echo', {}))
    expect(count).toBe(1)
  })

  it('are not made to a peer that is no member', async () => {
    const net = createNetwork()
    const gullible = { ...testDoorman({ word: 'stranger' }), admit: (peerId: string) => ({ peerId, role: 'storage' }) }
    const stranger = await net.peer({ doorman: gullible })
    const member = await net.peer()
    const call = member.rpc.call(stranger, 'echo', {})
    await expect(net.settle(call)).rejects.toMatchObject({ name: 'TestDoormanError', code: 'NOT_A_MEMBER' })
  })

  it('are refused between networks', async () => {
    const net = createNetwork()
    const [a, b] = [await net.peer(), await net.peer({ doorman: testDoorman({ network: 'othernet' }) })]
    const call = a.rpc.call(b, 'echo', {})
    await expect(net.settle(call)).rejects.toMatchObject({ name: 'RemoteError', code: 'WRONG_NETWORK' })
  })

  it('are reported, as are the comings and goings of members', async () => {
    const net = createNetwork()
    const handler: Handler = async ({ method, body }) => {
      if (method === 'fail') throw new FullError('STORE_FULL', 'no room left')
      return { body }
    }
    const [a, b] = [await net.peer(), await net.peer({ handler })]
    const events: string[] = []
    const reports: CallReport[] = []
    const disconnected = new Promise<void>((resolve) => {
      a.rpc.observe({
        connected: ({ peerId }) => void events.push(`connected ${peerId}`),
        disconnected: ({ peerId }) => {
          events.push(`disconnected ${peerId}`)
          resolve()
        },
        called: (report) => void reports.push(report),
      })
    })
    a.rpc.observe({
      called() {
        throw new Error('an observer that fails harms nobody')
      },
    })
    await net.settle(a.rpc.call(b, 'get', {}, { body: new Uint8Array(10) }))
    await net.settle(a.rpc.call(b, 'fail', {})).catch(() => {})
    a.rpc.disconnect(b.peerId)
    await net.settle(disconnected)
    await b.rpc.close()
    await net.settle(a.rpc.call(b, 'get', {})).catch(() => {})
    expect(events).toEqual([`connected ${b.peerId}`, `disconnected ${b.peerId}`])
    expect(reports.map(({ elapsedMs: _, ...report }) => report)).toEqual([
      { peerId: b.peerId, method: 'get', bytes: 20, outcome: 'answered' },
      { peerId: b.peerId, method: 'fail', bytes: 0, outcome: 'answered', code: 'STORE_FULL' },
      { peerId: b.peerId, method: 'get', bytes: 0, outcome: 'undelivered', code: 'PEER_UNREACHABLE' },
    ])
    expect(reports.every(({ elapsedMs }) => elapsedMs >= 0)).toBe(true)
  })

  it('fail with CLOSED once their side is closed', async () => {
    const net = createNetwork()
    let arrived = (): void => {}
    const inHand = new Promise<void>((resolve) => {
      arrived = resolve
    })
    const handler: Handler = () => {
      arrived()
      return new Promise(() => {})
    }
    const [a, b] = [await net.peer(), await net.peer({ handler })]
    const pending = a.rpc.call(b, 'slow', {})
    const failure = expect(pending).rejects.toMatchObject({ code: 'CLOSED' })
    await net.settle(inHand)
    await net.settle(a.rpc.close())
    await failure
    await expect(net.settle(a.rpc.call(b, 'slow', {}))).rejects.toMatchObject({ code: 'CLOSED' })
    await net.settle(a.rpc.close())
  })

  it('are refused at once when they make no sense', async () => {
    const net = createNetwork()
    const [a, b] = [await net.peer(), await net.peer()]
    const call = (...[method, head, options]: [string, unknown, object?]) =>
      net.settle(a.rpc.call(b, method, head, options))
    for (const method of ['', 'Shard', 'a b', 'x'.repeat(65)]) await expect(call(method, {})).rejects.toThrow(TypeError)
    for (const timeoutMs of [0, -1, Number.NaN, 2 ** 31])
      await expect(call('x', {}, { timeoutMs })).rejects.toThrow(RangeError)
    await expect(call('x', { f: () => {} })).rejects.toThrow(TypeError)
    await expect(call('x', { bytes: new Uint8Array(70_000) })).rejects.toThrow(RangeError)
    await expect(call('x', {}, { body: new Uint8Array(2 << 20) })).rejects.toThrow(RangeError)
    expect((await call('x', {})).head).toEqual({})
  })
})
