import fc from 'fast-check'
import { Uint8ArrayList } from 'uint8arraylist'
import { describe, expect, it } from 'vitest'
import { encodeCbor } from '../../src/encoding/cbor.ts'
import {
  encodeFrame,
  type FrameLimits,
  FrameParser,
  maximumBodyBytes,
  maximumHeadBytes,
  prefixBytes,
} from '../../src/protocol/frame.ts'
import { isMethod } from '../../src/protocol/head-layout.ts'
import { decodeMessage, encodeMessage, type Message } from '../../src/protocol/message.ts'
import golden from './golden/messages.json' with { type: 'json' }

const limits: FrameLimits = { headBytes: maximumHeadBytes, bodyBytes: maximumBodyBytes }
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text))

const put = {
  ...{ id: new Uint8Array(24).fill(0x11), run: new Uint8Array(16).fill(0x22), checksum: 0x3610a686 },
  ...{ deleteAfterMs: 0, durability: 'durable' },
}
const absent = { code: 'SHARD_NOT_FOUND', message: 'no', retryable: false }
const to = '12D3KooW'
const place = { unit: 'a', segment: 7, offsetBytes: 4096, lengthBytes: 5, checksum: 0x3610a686, deleteAfterMs: 0 }

/** One message of each kind, and others that have a meaning of their own, as docs/protocol.md shows them. */
const examples: Record<keyof typeof golden, Parameters<typeof encodeMessage>> = {
  hello: [
    'hello',
    { network: 'a1b2', lane: 'bulk', credential: bytes('seal'), windowBytes: 8_388_608, requestLimit: 256 },
  ],
  refusal: ['refusal', { code: 'NOT_A_MEMBER', message: 'no' }],
  request: ['request', { id: 1, method: 'shard.put', timeoutMs: 10_000, head: { n: 1 } }, bytes('body')],
  reply: ['reply', { id: 1, head: {} }, bytes('shard')],
  failure: ['failure', { id: 1, code: 'STORE_FULL', message: 'full', retryable: true }],
  cancel: ['cancel', { id: 1 }],
  credit: ['credit', { bytes: 2_097_152 }],
  forward: ['request', { id: 2, method: 'shard.forward', timeoutMs: 20_000, head: { ...put, to } }, bytes('hello')],
  forwarded: ['reply', { id: 2, head: { ...place, holder: to } }],
  many: ['request', { id: 3, method: 'shards.get', timeoutMs: 5_000, head: { ids: [put.id, put.id] } }],
  found: ['reply', { id: 3, head: { shards: [5, absent] } }, bytes('hello')],
}

function decodeAll(pieces: readonly Uint8Array[]): Message[] {
  const parser = new FrameParser(limits)
  return pieces.flatMap((piece) => [...parser.push(piece)].map(decodeMessage))
}

describe('messages', () => {
  it.each(Object.keys(examples) as (keyof typeof golden)[])('of kind %s are the same bytes for ever', (name) => {
    expect(Buffer.concat(encodeMessage(...examples[name]).pieces).toString('hex')).toBe(golden[name])
  })

  it.each(Object.keys(examples) as (keyof typeof golden)[])('of kind %s are understood', (name) => {
    const [kind, head, body = new Uint8Array()] = examples[name]
    const [message] = decodeAll([new Uint8Array(Buffer.from(golden[name], 'hex'))])
    expect({ ...message, body: message?.body.subarray() }).toEqual({
      kind,
      head,
      body: (body as Uint8Array).slice(),
      costBytes: golden[name].length / 2 - prefixBytes,
    })
  })

  it('weigh what is sent as much as what arrives', () => {
    const sizes = fc.record({ headBytes: fc.nat(1000), bodyBytes: fc.nat(5000) })
    fc.assert(
      fc.property(sizes, ({ headBytes, bodyBytes }) => {
        const body = new Uint8ArrayList(new Uint8Array(bodyBytes >> 1), new Uint8Array(bodyBytes - (bodyBytes >> 1)))
        const sent = encodeMessage('reply', { id: 7, head: { filler: new Uint8Array(headBytes) } }, body)
        const [received] = decodeAll(sent.pieces)
        expect(received?.costBytes).toBe(sent.costBytes)
      }),
    )
  })

  it('are checked field by field', () => {
    const [hello, refusal, request, failure, cancel, credit] = [1, 2, 3, 5, 6, 7]
    const map = (value: unknown) => encodeCbor(value)
    const ask = (timeoutMs: number, method: string, length = method.length, rest = '') => {
      const head = Buffer.concat([Buffer.alloc(4), Buffer.of(length), Buffer.from(method), Buffer.from(rest, 'hex')])
      head.writeUInt32BE(timeoutMs)
      return new Uint8Array(head)
    }
    const greeting = examples.hello[1] as object
    const refused: [kind: number, number: number, head: Uint8Array][] = [
      [hello!, 1, map(greeting)],
      [hello!, 0, map({ ...greeting, windowBytes: 1 })],
      [hello!, 0, map({ ...greeting, extra: 1 })],
      [refusal!, 0, map({ code: 'X', message: 5 })],
      [refusal!, 7, map({ code: 'X', message: 'x' })],
      [request!, 1, ask(1, 'Shard')],
      [request!, 1, ask(1, '')],
      [request!, 1, ask(1, 'a'.repeat(65))],
      [request!, 1, ask(0, 'x')],
      [request!, 1, ask(2 ** 31, 'x')],
      [request!, 1, ask(1, 'x', 2)],
      [request!, 1, ask(1, 'x', 255)],
      [request!, 1, ask(1, 'x', 1, 'a1')],
      [request!, 1, ask(1, 'x').subarray(0, 4)],
      [request!, 1, new Uint8Array()],
      [failure!, 1, map({ code: 'lower', message: '', retryable: false })],
      [failure!, 1, map({ code: 'X', message: 'x'.repeat(1025), retryable: false })],
      [failure!, 1, map({ id: 1, code: 'X', message: 'x', retryable: false })],
      [failure!, 1, new Uint8Array()],
      [cancel!, 1, Uint8Array.of(0xa0)],
      [credit!, 0, new Uint8Array()],
      [credit!, 1, Uint8Array.of(0xa0)],
      [8, 0, new Uint8Array()],
    ]
    for (const [kind, number, head] of refused) {
      const pieces = encodeFrame({ kind, number, head })
      expect(() => decodeAll(pieces), `kind ${kind}, ${Buffer.from(head).toString('hex')}`).toThrow(
        expect.objectContaining({ code: 'FRAME_INVALID' }),
      )
    }
  })

  it('say nothing of a head that is an empty map', () => {
    expect(Buffer.concat(encodeMessage('reply', { id: 9, head: {} }).pieces)).toHaveLength(prefixBytes)
  })

  it('have bodies only where they may', () => {
    const { pieces } = encodeMessage('cancel', { id: 1 }, bytes('x'))
    expect(() => decodeAll(pieces)).toThrow(expect.objectContaining({ code: 'FRAME_INVALID' }))
  })

  it('name their methods in lower case', () => {
    for (const name of ['a', 'shard.put', 'state-2.exchange']) expect(isMethod(name)).toBe(true)
    for (const name of ['', '1a', 'A', 'a_b', 'a b', `a${'b'.repeat(64)}`]) expect(isMethod(name)).toBe(false)
  })
})
