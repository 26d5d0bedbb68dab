import { Readable } from 'node:stream'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type ByteSource, cutSegments, readSource } from '../../src/object/source.ts'

const bytes = new Uint8Array(1000).map((_, at) => at)
const halves = [bytes.slice(0, 300), bytes.slice(300)]

const sources: [string, () => ByteSource][] = [
  ['a Uint8Array', () => bytes],
  ['a Buffer', () => Buffer.from(bytes)],
  ['a Blob', () => new Blob(halves)],
  ['an iterable', () => halves],
  [
    'an async iterable',
    async function* () {
      yield* halves
    },
  ],
  ['a Node stream', () => Readable.from(halves.map((half) => Buffer.from(half)))],
  ['a web stream', () => new Blob(halves).stream()],
]

test.each(sources)('%s is read to its end', async (_, source) => {
  const pieces: Uint8Array[] = []
  for await (const piece of readSource(source())) pieces.push(piece)
  expect(Buffer.concat(pieces).equals(bytes)).toBe(true)
})

test('what is no source is refused at once', () => {
  for (const value of ['text', 5, null, undefined, {}]) expect(() => readSource(value as never)).toThrow(TypeError)
})

test('a source that yields something else, or throws, fails as a source', async () => {
  const failing = async function* () {
    yield bytes
    throw new Error('unplugged')
  }
  const drain = async (source: ByteSource) => {
    for await (const _ of readSource(source));
  }
  await expect(drain(failing())).rejects.toMatchObject({
    code: 'SOURCE_FAILED',
    message: expect.stringContaining('1000 bytes: unplugged'),
  })
  await expect(drain(['text'] as never)).rejects.toMatchObject({ code: 'SOURCE_FAILED' })
})

test('segments are all full but the last, and hold the bytes in order', async () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 20 })
  await fc.assert(
    fc.asyncProperty(pieces, fc.integer({ min: 1, max: 64 }), async (source, segmentBytes) => {
      const segments: Uint8Array[] = []
      for await (const segment of cutSegments(readSource(source), segmentBytes)) segments.push(segment.slice())
      expect(Buffer.concat(segments).equals(Buffer.concat(source))).toBe(true)
      expect(segments.slice(0, -1).every((segment) => segment.length === segmentBytes)).toBe(true)
      expect(segments.every((segment) => segment.length > 0)).toBe(true)
    }),
  )
})
