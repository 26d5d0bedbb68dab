import fc from 'fast-check'
import { Uint8ArrayList } from 'uint8arraylist'
import { describe, expect, it } from 'vitest'
import { type FrameLimits, FrameParser, maximumBodyBytes, maximumHeadBytes } from '../../src/protocol/frame.ts'
import { decodeMessage, encodeMessage, isMethod, type Message } from '../../src/protocol/message.ts'
import golden from './golden/messages.json' with { type: 'json' }

const limits: FrameLimits = { headBytes: maximumHeadBytes, bodyBytes: maximumBodyBytes }
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text))

/** One message of each kind, as docs/protocol.md shows them. */
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
      costBytes: golden[name].length / 2 - 12,
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
    const refused: [Parameters<typeof encodeMessage>[0], object][] = [
      ['cancel', {}],
      ['cancel', { id: -1 }],
      ['cancel', { id: 2 ** 32 }],
      ['cancel', { id: 1.5 }],
      ['cancel', { id: 1, extra: 1 }],
      ['credit', { bytes: 0 }],
      ['request', { id: 1, method: 'Shard', timeoutMs: 1, head: 0 }],
      ['request', { id: 1, method: 'x', timeoutMs: 0, head: 0 }],
      ['request', { id: 1, method: 'x', timeoutMs: 1 }],
      ['failure', { id: 1, code: 'lower', message: '', retryable: false }],
      ['failure', { id: 1, code: 'X', message: 'x'.repeat(1025), retryable: false }],
      ['refusal', { code: 'X', message: 5 }],
    ]
    for (const [kind, head] of refused) {
      const { pieces } = encodeMessage(kind, head as never)
      expect(() => decodeAll(pieces), JSON.stringify(head)).toThrow(expect.objectContaining({ code: 'FRAME_INVALID' }))
    }
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
