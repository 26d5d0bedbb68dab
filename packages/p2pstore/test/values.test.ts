import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseByteRange } from '../src/byte-range.ts'
import { formatByteSize, parseByteSize } from '../src/byte-size.ts'
import { formatDuration, parseDuration, parseMoment } from '../src/duration.ts'
import { formatList, formatTable } from '../src/table.ts'

describe('byte sizes', () => {
  test.each([
    ['0', 0],
    ['4096', 4096],
    ['100GiB', 100 * 2 ** 30],
    ['1.5 MiB', 1.5 * 2 ** 20],
    ['2kb', 2000],
    [' 7 B ', 7],
  ])('%j is %i bytes', (text, bytes) => expect(parseByteSize(text)).toBe(bytes))

  test.each(['', '-1', 'GiB', '1 XiB', '1e3', '0x10', '9999999999TiB', '1.2.3MiB', 'NaN'])('%j is none', (text) => {
    expect(() => parseByteSize(text)).toThrow(RangeError)
  })

  test.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1 KiB'],
    [20_000_000, '19.1 MiB'],
    [2 ** 20 - 1, '1 MiB'],
    [5000 * 2 ** 40, '5000 TiB'],
  ])('%i bytes are written as %j', (bytes, text) => expect(formatByteSize(bytes)).toBe(text))

  test('what is written reads back, to three digits', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 50 }), (bytes) => {
        expect(Math.abs(parseByteSize(formatByteSize(bytes)) - bytes)).toBeLessThanOrEqual(bytes * 0.005)
      }),
    )
  })
})

describe('durations and moments', () => {
  const nowMs = Date.UTC(2030, 0, 1)

  test.each([
    ['45s', 45_000],
    ['90m', 5_400_000],
    ['12h', 43_200_000],
    ['30d', 2_592_000_000],
    ['2w', 1_209_600_000],
    ['5ms', 5],
  ])('%j is %i ms', (text, durationMs) => expect(parseDuration(text)).toBe(durationMs))

  test.each(['', '30', 'd', '-1d', '1.5h', '1y', '99999999999999999w'])('%j is none', (text) => {
    expect(() => parseDuration(text)).toThrow(RangeError)
  })

  test.each([
    ['1d', '2030-01-02T00:00:00.000Z'],
    ['2031-05-01', '2031-05-01T00:00:00.000Z'],
    ['2031-05-01T12:00', '2031-05-01T12:00:00.000Z'],
    ['2031-05-01T12:00:00+02:00', '2031-05-01T10:00:00.000Z'],
  ])('%j is %s', (text, moment) => expect(parseMoment(text, nowMs).toISOString()).toBe(moment))

  test.each(['2029-12-31', '0d', '2031-13-01', 'soon', '01/05/2031'])('%j is no moment to come', (text) => {
    expect(() => parseMoment(text, nowMs)).toThrow(RangeError)
  })

  test('durations are written for people', () => {
    expect([formatDuration(12.4), formatDuration(12_345)]).toEqual(['12 ms', '12.3 s'])
  })
})

describe('byte ranges', () => {
  test.each([
    ['0-99', { offsetBytes: 0, lengthBytes: 100 }],
    ['5-5', { offsetBytes: 5, lengthBytes: 1 }],
    ['100-', { offsetBytes: 100, lengthBytes: undefined }],
    ['100+50', { offsetBytes: 100, lengthBytes: 50 }],
    ['7+0', { offsetBytes: 7, lengthBytes: 0 }],
  ])('%j', (text, range) => expect(parseByteRange(text)).toEqual(range))

  test.each(['', '5', '-5', '9-5', '5+', 'a-b', '1-2-3', '0-99999999999999999999'])('%j is none', (text) => {
    expect(() => parseByteRange(text)).toThrow(RangeError)
  })
})

test('columns of a table are aligned, and lines end without blanks', () => {
  const rows = [
    ['NODE', 'FREE', 'ADDRESS'],
    ['a', '10 GiB', ''],
    ['long-name', '1 B', '/ip4/…'],
  ]
  expect(formatTable(rows, [1])).toBe(
    ['NODE         FREE  ADDRESS', 'a          10 GiB', 'long-name     1 B  /ip4/…'].join('\n'),
  )
})

test('a list has only columns that someone has something in, and fits a screen', () => {
  const list = formatList(
    ['NODE', 'SPEED', 'FREE', 'TAGS'],
    [
      ['a', '', '1 B', 'x'.repeat(200)],
      ['b', '', '10 B', ''],
    ],
    [1, 2],
  )
  const lines = list.split('\n')
  expect(lines[0]).toBe('NODE  FREE  TAGS')
  expect(lines[1]).toMatch(/^a {6}1 B {2}x+…$/)
  expect(lines.map((line) => line.length)).toEqual([16, 100, 10])
  expect(formatList(['NODE', 'FREE'], [], [1])).toBe('NODE  FREE')
})
