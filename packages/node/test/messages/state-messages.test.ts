import { expect, test } from 'vitest'
import { encodeCbor } from '../../src/encoding/cbor.ts'
import { stateAsk, stateCompare, statePing, stateSwap, stateTell } from '../../src/messages/state-messages.ts'

const accusation = { subject: 'peer', incarnation: 1, version: 2, accusers: ['other'], ageMs: 500 }
const compare = { group: 'default', hashes: new Uint8Array(64), accusations: [accusation] }
const coordinate = { vectorUs: [0, 0, 0, 0, 0, 0, 0, -1], heightUs: 10, errorPerMille: 1500 }
const coordinateHex =
  '6a 636f6f7264696e617465 a3 68 6865696768745573 0a 68 766563746f725573 88 00 00 00 00 00 00 00 20 6d 6572726f725065724d696c6c65 19 05dc'
const compared = {
  scope: 'group' as const,
  buckets: [0, 15],
  entries: [['peer', 1, 2] as const],
  accusations: [accusation],
  coordinate,
}
const record = { payload: Uint8Array.of(1, 2), signature: Uint8Array.of(3) }

function hex(text: string): string {
  return text.replaceAll(' ', '')
}

test('bodies have these bytes', () => {
  const accused = hex(
    '81 a5 65 6167654d73 19 01f4 67 7375626a656374 64 70656572 67 76657273696f6e 02 68 61636375736572 73 81 65 6f74686572 6b 696e6361726e6174696f6e 01',
  )
  expect(Buffer.from(stateCompare.request.encode(compare)).toString('hex')).toBe(
    `${hex('a3 65 67726f7570 67 64656661756c74 66 686173686573 5840')}${'00'.repeat(64)}${hex('6b 61636375736174696f6e73')}${accused}`,
  )
  expect(Buffer.from(stateCompare.reply.encode(compared)).toString('hex')).toBe(
    `${hex(`a5 65 73636f7065 65 67726f7570 67 6275636b657473 82 00 0f 67 656e7472696573 81 83 64 70656572 01 02 ${coordinateHex} 6b 61636375736174696f6e73`)}${accused}`,
  )
  expect(Buffer.from(stateSwap.request.encode({ records: [record], wanted: ['peer'] })).toString('hex')).toBe(
    hex(
      'a2 66 77616e746564 81 64 70656572 67 7265636f726473 81 a2 67 7061796c6f6164 42 0102 69 7369676e6174757265 41 03',
    ),
  )
})

test('the small ones too', () => {
  const bytes = {
    tell: stateTell.request.encode({ accusations: [], records: [record] }),
    told: stateTell.reply.encode({ records: [record] }),
    pong: statePing.reply.encode({ coordinate }),
    ask: stateAsk.request.encode({ subject: 'peer' }),
    asked: stateAsk.reply.encode({ answered: true }),
  }
  expect(
    Object.fromEntries(Object.entries(bytes).map(([name, body]) => [name, Buffer.from(body).toString('hex')])),
  ).toEqual({
    tell: hex(
      'a2 67 7265636f726473 81 a2 67 7061796c6f6164 42 0102 69 7369676e6174757265 41 03 6b 61636375736174696f6e73 80',
    ),
    told: hex('a1 67 7265636f726473 81 a2 67 7061796c6f6164 42 0102 69 7369676e6174757265 41 03'),
    pong: hex(`a1 ${coordinateHex}`),
    ask: hex('a1 67 7375626a656374 64 70656572'),
    asked: hex('a1 68 616e737765726564 f5'),
  })
})

test('what is written is what is read', () => {
  expect(stateCompare.request.decode(stateCompare.request.encode(compare))).toEqual(compare)
  expect(stateCompare.reply.decode(stateCompare.reply.encode(compared))).toEqual(compared)
  const swap = { records: [record], wanted: ['peer'] }
  expect(stateSwap.request.decode(stateSwap.request.encode(swap))).toEqual(swap)
})

test.each([
  ['no group', { ...compare, group: '' }],
  ['hashes of no power of two', { ...compare, hashes: new Uint8Array(68) }],
  ['an accusation by nobody', { ...compare, accusations: [{ ...accusation, accusers: [] }] }],
  ['an accusation by a crowd', { ...compare, accusations: [{ ...accusation, accusers: ['a', 'b', 'c', 'd'] }] }],
  ['an accusation from the future', { ...compare, accusations: [{ ...accusation, ageMs: -1 }] }],
  ['too many accusations', { ...compare, accusations: new Array(65).fill(accusation) }],
  ['a field too many', { ...compare, extra: 1 }],
])('a comparison with %s is refused', (_, body) => {
  expect(() => stateCompare.request.decode(encodeCbor(body))).toThrow(
    expect.objectContaining({ code: 'REQUEST_INVALID' }),
  )
})

test.each([
  ['an unknown scope', { ...compared, scope: 'world' }],
  ['a bucket below 0', { ...compared, buckets: [-1] }],
  ['an entry that is none', { ...compared, entries: [['peer', 1]] }],
])('a reply with %s is refused', (_, body) => {
  expect(() => stateCompare.reply.decode(encodeCbor(body))).toThrow(expect.objectContaining({ code: 'REPLY_INVALID' }))
})

test('a ping is answered with a place that can be, or not at all', () => {
  const coordinate = { vectorUs: new Array(8).fill(0), heightUs: -1, errorPerMille: 0 }
  for (const body of [{}, { coordinate }, { coordinate: null }]) {
    expect(() => statePing.reply.decode(encodeCbor(body))).toThrow(expect.objectContaining({ code: 'REPLY_INVALID' }))
  }
})
