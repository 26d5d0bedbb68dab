import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeCbor, decodeCborInPlace, encodeCbor } from '../../src/encoding/cbor.ts'

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))

describe('values', () => {
  it('come back as they were', () => {
    const leaf = fc.oneof(
      fc.string(),
      fc.maxSafeInteger(),
      fc.boolean(),
      fc.constant(null),
      fc.uint8Array({ maxLength: 20 }),
      fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0)),
    )
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 5, withCrossShrink: true }, leaf, tie('list'), tie('map')),
      list: fc.array(tie('value'), { maxLength: 5 }),
      map: fc.dictionary(fc.string(), tie('value'), { maxKeys: 5, noNullPrototype: true }),
    }))
    fc.assert(
      fc.property(value, (head) => {
        expect(decodeCbor(new Uint8Array(encodeCbor(head)))).toEqual(head)
        expect(decodeCborInPlace(Buffer.from(encodeCbor(head)))).toEqual(head)
      }),
    )
  })

  it('keep nothing alive of the bytes that they came in', () => {
    const bytes = Buffer.from(encodeCbor({ a: new Uint8Array(10), b: [new Uint8Array(2000)] }))
    const { a, b } = decodeCbor(bytes) as { a: Uint8Array; b: [Uint8Array] }
    for (const value of [a, b[0]]) {
      expect(value.buffer).not.toBe(bytes.buffer)
      expect(value.buffer.byteLength).toBe(value.length)
      expect(value).not.toBeInstanceOf(Buffer)
    }
  })

  it('are parts of the bytes that they came in, if that is wanted', () => {
    const bytes = encodeCbor({ a: new Uint8Array(10), b: [new Uint8Array(2000)] })
    const { a, b } = decodeCborInPlace(bytes) as { a: Uint8Array; b: [Uint8Array] }
    for (const value of [a, b[0]]) {
      expect(value.buffer).toBe(bytes.buffer)
      expect(Object.getPrototypeOf(value)).toBe(Uint8Array.prototype)
    }
  })

  it('may hold nothing but plain values', () => {
    const refused = {
      'a tag': 'c100',
      undefined: 'f7',
      NaN: 'f97e00',
      infinity: 'f97c00',
      'a list of unknown length': '9f01ff',
      'a map of unknown length': 'bf616101ff',
      'a text of unknown length': '7f6161ff',
      'an integer over 2^53': '1b0020000000000001',
      'an integer longer than need be': '1801',
      'a key twice': 'a2616101616102',
      'a key that is no text': 'a10102',
      'more than one value': '0101',
      nothing: '',
      'less than it says': '8201',
      'text that is not UTF-8 by its length': '62c3',
    }
    for (const [what, bytes] of Object.entries(refused)) {
      expect(() => decodeCbor(hex(bytes)), what).toThrow(Error)
    }
  })

  it('may be nested 16 deep and no deeper, whatever is nested', () => {
    for (const [open, count] of [
      ['81', 16],
      ['a16161', 16],
    ] as const) {
      expect(() => decodeCbor(hex(`${open.repeat(count)}01`))).not.toThrow()
      expect(() => decodeCbor(hex(`${open.repeat(count + 1)}01`))).toThrow(/nested deeper/)
      expect(() => decodeCbor(hex(open.repeat(20_000)))).toThrow(/nested deeper/)
    }
    const flat = Array.from({ length: 1000 }, () => [[], {}, [1]])
    expect(decodeCbor(encodeCbor(flat))).toEqual(flat)
  })

  it('cannot reach the prototype', () => {
    const head = decodeCbor(hex('a1695f5f70726f746f5f5fa1617801')) as object
    expect(Object.getPrototypeOf(head)).toBe(Object.prototype)
    expect(Object.keys(head)).toEqual(['__proto__'])
    expect('x' in head).toBe(false)
  })

  it('of any bytes are decoded or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          const head = decodeCbor(bytes)
          expect(encodeCbor(head).length).toBeGreaterThan(0)
        } catch (error) {
          expect(error).toBeInstanceOf(Error)
        }
      }),
      { numRuns: 3000 },
    )
  })

  it('leave out what is undefined', () => {
    expect(decodeCbor(encodeCbor({ a: undefined, b: 1 }))).toEqual({ b: 1 })
  })
})
