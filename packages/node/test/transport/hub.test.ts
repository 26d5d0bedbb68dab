import { describe, expect, it } from 'vitest'
import { manualClock } from '../../src/clock/manual-clock.ts'
import type { ByteStream } from '../../src/ports/transport.ts'
import { seededRandom } from '../../src/random/seeded-random.ts'
import { createMemoryHub, type MemoryHub } from '../../src/transport/memory/hub.ts'

const never = new AbortController().signal

/** A hub with peers a, b and c that listen, and what their streams see, as text. */
async function scene(options: { seed?: number; latencyMs?: number; bytesPerSecond?: number } = {}) {
  const { seed = 1, latencyMs = 10, bytesPerSecond = Number.POSITIVE_INFINITY } = options
  const clock = manualClock()
  const hub = createMemoryHub({ clock, random: seededRandom(seed), conditions: () => ({ latencyMs, bytesPerSecond }) })
  const events: string[] = []
  const watch = (name: string, stream: ByteStream): ByteStream => {
    stream.attach({
      data: (bytes) => events.push(`${clock.monotonicMs()} ${name} got ${Buffer.from(bytes)}`),
      drain: () => events.push(`${clock.monotonicMs()} ${name} drained`),
      close: (error) => events.push(`${clock.monotonicMs()} ${name} ${error ? 'broke' : 'closed'}`),
    })
    return stream
  }
  const start = async (peerId: string) => {
    const transport = hub.transport(peerId, { address: `/memory/${peerId}` })
    await transport.start((stream) => watch(`${peerId}<${stream.remotePeerId}`, stream))
    return transport
  }
  const [a, b, c] = [await start('a'), await start('b'), await start('c')]
  const open = async (from: typeof a, to: string) =>
    watch(`${from.peerId}>${to}`, await clock.settle(from.open(to, [], { signal: never })))
  return { clock, hub, a, b, c, open, start, events }
}

const text = (word: string): Uint8Array[] => [new Uint8Array(Buffer.from(word))]
const received = (events: readonly string[], name: string): string =>
  events
    .filter((event) => event.includes(`${name} got `))
    .map((event) => event.split(' got ')[1])
    .join('')

describe('memory hub', () => {
  it('takes a round trip to dial, and as long as the conditions say for bytes', async () => {
    const { clock, open, a, events } = await scene({ latencyMs: 10, bytesPerSecond: 1000 })
    const stream = await open(a, 'b')
    expect(clock.monotonicMs()).toBe(20)
    stream.send([new Uint8Array(500).fill(0x78)])
    await clock.advance(509)
    expect(received(events, 'b<a').length).toBeLessThan(500)
    await clock.advance(1)
    expect(received(events, 'b<a')).toBe('x'.repeat(500))
  })

  it('shares the bandwidth of a way among its streams', async () => {
    const { clock, open, a, events } = await scene({ latencyMs: 0, bytesPerSecond: 1000 })
    const [first, second] = [await open(a, 'b'), await open(a, 'b')]
    first.send([new Uint8Array(100)])
    second.send(text('late'))
    await clock.advance(100)
    expect(received(events, 'b<a')).not.toContain('late')
    await clock.advance(4)
    expect(received(events, 'b<a').endsWith('late')).toBe(true)
  })

  it('holds back what is sent over a cut way, in one direction, until it heals', async () => {
    const { clock, open, hub, a, events } = await scene()
    const stream = await open(a, 'b')
    hub.cut('a', 'b')
    stream.send(text('held back'))
    await clock.advance(100_000)
    expect(events).toEqual([])
    hub.heal('a', 'b')
    expect(received(events, 'b<a')).toBe('held back')
  })

  it('lets nobody dial across a partition until it heals', async () => {
    const { clock, hub, a, b, events } = await scene()
    hub.partition([['a'], ['b', 'c']])
    const given = new AbortController()
    const [waiting, givenUp] = [a.open('b', [], { signal: never }), a.open('c', [], { signal: given.signal })]
    const within = b.open('c', [], { signal: never })
    await clock.advance(100_000)
    given.abort(new Error('too long'))
    await expect(givenUp).rejects.toThrow('too long')
    expect((await within).remotePeerId).toBe('c')
    hub.healAll()
    expect((await clock.settle(waiting)).remotePeerId).toBe('b')
    expect(events).toEqual([])
  })

  it('breaks the streams between two peers on drop, and no others', async () => {
    const { clock, open, hub, a, events } = await scene()
    await open(a, 'b')
    const other = await open(a, 'c')
    hub.drop('b', 'a')
    other.send(text('still here'))
    await clock.advance(100)
    expect(events.filter((event) => event.includes('broke')).map((event) => event.split(' ')[1])).toEqual([
      'a>b',
      'b<a',
    ])
    expect(received(events, 'c<a')).toBe('still here')
    await open(a, 'b')
  })

  it('breaks every stream of a peer that crashes; it comes back as a new one', async () => {
    const { clock, open, hub, a, b, start, events } = await scene()
    await open(a, 'b')
    await open(b, 'a')
    hub.crash('b')
    expect(events.filter((event) => event.includes('broke'))).toHaveLength(4)
    await expect(open(a, 'b')).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' })
    await expect(open(b, 'a')).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' })
    const reborn = await start('b')
    await b.stop()
    const stream = await open(a, 'b')
    stream.send(text('welcome back'))
    await clock.advance(100)
    expect(received(events, 'b<a')).toBe('welcome back')
    expect(reborn.peerId).toBe('b')
  })

  it('does the same for the same seed, and cuts bytes elsewhere for another', async () => {
    const trace = async (seed: number): Promise<string[]> => {
      const { clock, open, hub, a, b, events } = await scene({ seed, bytesPerSecond: 10_000 })
      const streams = [await open(a, 'b'), await open(b, 'c'), await open(a, 'c')]
      for (let round = 0; round < 20; round++) {
        for (const stream of streams) stream.send(text(`round ${round} `))
        if (round === 5) hub.cut('a', 'c')
        if (round === 15) hub.healAll()
        await clock.advance(7)
      }
      await clock.advance(1000)
      return events
    }
    const [first, again, other] = [await trace(1), await trace(1), await trace(2)]
    expect(again).toEqual(first)
    expect(other).not.toEqual(first)
    for (const name of ['b<a', 'c<b', 'c<a']) expect(received(other, name)).toBe(received(first, name))
  })
})

it('a hub needs no conditions', async () => {
  const clock = manualClock()
  const hub: MemoryHub = createMemoryHub({ clock, random: seededRandom(1) })
  const [a, b] = [hub.transport('a'), hub.transport('b', { address: '/memory/b' })]
  await a.start(() => {})
  let got = ''
  await b.start((stream) =>
    stream.attach({
      data: (bytes) => {
        got += Buffer.from(bytes)
      },
      drain() {},
      close() {},
    }),
  )
  const stream = await clock.settle(a.open('b', b.addresses(), { signal: never }))
  stream.attach({ data() {}, drain() {}, close() {} })
  stream.send(text('hello'))
  await clock.advance(0)
  expect([got, clock.monotonicMs()]).toEqual(['hello', 0])
})
