import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeFrame, type Frame, FrameParser, prefixBytes } from '../../src/protocol/frame.ts'

const limits = { headBytes: 300, bodyBytes: 3000 }
const frames = fc.array(
  fc.record({
    kind: fc.nat(255),
    number: fc.nat(0xffff_ffff),
    head: fc.uint8Array({ maxLength: limits.headBytes }),
    body: fc.uint8Array({ maxLength: limits.bodyBytes }),
  }),
  { maxLength: 8 },
)

function parse(parser: FrameParser, pieces: Iterable<Uint8Array>): (Omit<Frame, 'body'> & { body: Uint8Array })[] {
  const found: Frame[] = []
  for (const piece of pieces) found.push(...parser.push(piece))
  return found.map(({ body, ...frame }) => ({ ...frame, body: body.subarray() }))
}

/** Cuts bytes at the places given, in whatever order. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const edges = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  return edges.slice(1).map((edge, index) => bytes.slice(edges[index], edge))
}

describe('frame parser', () => {
  it('finds the frames that were sent, however the bytes are cut', () => {
    fc.assert(
      fc.property(frames, fc.array(fc.nat(50_000), { maxLength: 200 }), (sent, places) => {
        const bytes = Buffer.concat(sent.flatMap((frame) => encodeFrame(frame, frame.body)))
        const found = parse(new FrameParser(limits), cut(new Uint8Array(bytes), places))
        expect(found).toEqual(sent)
      }),
    )
  })

  it('finds them byte by byte, gathering the crumbs', () => {
    const body = new Uint8Array(3000).map((_, index) => index)
    const bytes = new Uint8Array(Buffer.concat(encodeFrame({ kind: 3, number: 1, head: Uint8Array.of(1, 2) }, body)))
    const parser = new FrameParser(limits)
    const found = [...bytes].flatMap((byte) => [...parser.push(Uint8Array.of(byte))])
    expect(found).toHaveLength(1)
    expect([...found[0]!.body].length).toBeLessThanOrEqual(2)
    expect(found[0]!.body.subarray()).toEqual(body)
  })

  it('passes the body on without copying it', () => {
    const body = new Uint8Array(2000).fill(7)
    const bytes = new Uint8Array(Buffer.concat(encodeFrame({ kind: 3, number: 1, head: Uint8Array.of(1) }, body)))
    const [frame] = [...new FrameParser(limits).push(bytes)]
    for (const piece of frame!.body) expect(piece.buffer).toBe(bytes.buffer)
  })

  it('refuses bytes that are no frame as soon as the prefix shows it', () => {
    const prefix = Buffer.from('70320103000000000000000000000000', 'hex')
    expect(parse(new FrameParser(limits), [prefix])).toHaveLength(1)
    const wrong = [
      '71320103000000000000000000000000', // magic
      '70330103000000000000000000000000',
      '70320003000000000000000000000000', // version
      '70320203000000000000000000000000',
      '70320103000000000000012d00000000', // a head of 301 bytes
      '7032010300000000ffffffff00000000',
      '70320103000000000000000000000bb9', // a body of 3001 bytes
      '703201030000000000000000ffffffff',
    ]
    for (const hex of wrong) {
      const parser = new FrameParser(limits)
      expect(() => parse(parser, [Buffer.from(hex, 'hex')])).toThrow(expect.objectContaining({ code: 'FRAME_INVALID' }))
    }
  })

  it('survives any bytes: it gives frames within its limits or FRAME_INVALID', () => {
    const magic = fc.constant(Uint8Array.of(0x70, 0x32, 1))
    const noise = fc.array(fc.oneof(fc.uint8Array({ maxLength: 40 }), magic), { maxLength: 20 })
    fc.assert(
      fc.property(noise, (pieces) => {
        try {
          for (const { head, body } of parse(new FrameParser(limits), pieces)) {
            expect(head.length).toBeLessThanOrEqual(limits.headBytes)
            expect(body.length).toBeLessThanOrEqual(limits.bodyBytes)
          }
        } catch (error) {
          expect(error).toMatchObject({ code: 'FRAME_INVALID' })
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('keeps frames to the limits that hold when their prefix comes', () => {
    const parser = new FrameParser({ headBytes: 10, bodyBytes: 0 })
    const bytes = (headBytes: number) => encodeFrame({ kind: 1, number: 0, head: new Uint8Array(headBytes) })
    const both = new Uint8Array(Buffer.concat([...bytes(10), ...bytes(11)]))
    const found: Frame[] = []
    for (const frame of parser.push(both)) {
      found.push(frame)
      parser.limits = limits
    }
    expect(found.map(({ head }) => head.length)).toEqual([10, 11])
  })

  it('starts a frame with sixteen bytes', () => {
    const [start, ...rest] = encodeFrame({ kind: 4, number: 0, head: new Uint8Array(5) }, new Uint8Array(6))
    expect([start?.length, rest.map(({ length }) => length)]).toEqual([prefixBytes + 5, [6]])
  })
})
