import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CodecError } from '../src/codec-error.ts'
import type { Scheme } from '../src/scheme.ts'
import { checkScheme, formatScheme, parseScheme } from '../src/scheme-text.ts'

describe('scheme text', () => {
  it.each([
    ['mirror:3', { kind: 'mirror', copies: 3 }],
    ['xor:4+1', { kind: 'xor', dataShards: 4 }],
    ['rs:10+4', { kind: 'rs', dataShards: 10, parityShards: 4, matrix: 'cauchy' }],
    ['rs:10+4/vandermonde', { kind: 'rs', dataShards: 10, parityShards: 4, matrix: 'vandermonde' }],
    [
      'grid:4+1,3+2',
      {
        kind: 'grid',
        sides: [
          { data: 4, parity: 1 },
          { data: 3, parity: 2 },
        ],
      },
    ],
    ['lines:7+1', { kind: 'lines', sides: [{ data: 7, parity: 1 }] }],
    ['local:12+2+2', { kind: 'local', dataShards: 12, groups: 2, globalParities: 2 }],
  ])('%s stands for one scheme and back', (text, scheme) => {
    expect(parseScheme(text)).toEqual(scheme)
    expect(formatScheme(parseScheme(text))).toBe(text)
  })

  it.each([
    ['', 'expected a form'],
    ['rs', 'expected a form'],
    ['rs:4', 'expected rs:data+parity'],
    ['rs:4+2+1', 'expected rs:data+parity'],
    ['rs:04+2', 'expected rs:data+parity'],
    ['rs:0+2', '0 data shards'],
    ['rs:200+57', '257 shards of a group'],
    ['rs:99999+1', 'expected rs:data+parity'],
    ['rs:4+2/klauspost', 'unknown variant "klauspost"'],
    ['xor:4+1/vandermonde', 'unknown variant'],
    ['xor:4+2', 'an xor has 1 parity shard, not 2'],
    ['mirror:0', '0 copies'],
    ['raid:4+2', 'unknown kind "raid"'],
    ['grid:4+1,', 'expected grid:'],
    ['grid:0+1,3+1', '0 data shards'],
    ['grid:15+1,15+1,15+1', '4096 cells'],
    ['local:12+5+2', 'do not split into 5 equal groups'],
    [`rs:${'1'.repeat(200)}+1`, 'longer than'],
  ])('refuses %s, naming the value', (text, reason) => {
    expect(() => parseScheme(text)).toThrow(expect.objectContaining({ code: 'SCHEME_INVALID' }))
    expect(() => parseScheme(text)).toThrow(reason)
    expect(() => parseScheme(text)).toThrow(JSON.stringify(text.slice(0, 100)))
  })

  it('checks schemes that were not parsed', () => {
    expect(() => checkScheme({ kind: 'rs', dataShards: 1.5, parityShards: 1, matrix: 'cauchy' })).toThrow(
      '1.5 data shards',
    )
    const nonsense = [undefined, null, 5, {}, { kind: 'raid' }, { kind: 'grid' }, { kind: 'grid', sides: [] }]
    const rs = { kind: 'rs', dataShards: 4, parityShards: 2 }
    for (const scheme of [...nonsense, rs, { ...rs, matrix: 'other' }, { ...rs, matrix: 'cauchy', dataShards: '4' }]) {
      expect(() => checkScheme(scheme as Scheme)).toThrow(expect.objectContaining({ code: 'SCHEME_INVALID' }))
      expect(() => checkScheme(scheme as Scheme)).toThrow(`invalid scheme ${JSON.stringify(scheme)}`)
    }
    expect(() => parseScheme(5 as unknown as string)).toThrow(new TypeError("a scheme's text is a string, not 5"))
  })

  it('either parses to something that prints the same, or throws the coded error', () => {
    const pieces = fc.constantFrom(
      'rs',
      'xor',
      'grid',
      'local',
      'mirror',
      'lines',
      ':',
      '+',
      ',',
      '/',
      '0',
      '1',
      '4',
      '12',
      'x',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const text = parts.join('')
        try {
          expect(formatScheme(parseScheme(text))).toBe(text)
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError)
        }
      }),
      { numRuns: 3000 },
    )
  })
})
