import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Slabs } from '../src/slabs.ts'

const unitBytes = 64 << 10

/** Which of what is lent a step is about, as far as there is so much. */
const which = fc.nat(1000)
const step = fc.oneof(
  fc.record({ kind: fc.constant('take' as const), lengthBytes: fc.integer({ min: unitBytes, max: 2 * unitBytes }) }),
  fc.record({ kind: fc.constant('cut' as const), which, lengthBytes: fc.integer({ min: 1, max: unitBytes }) }),
  fc.record({ kind: fc.constant('close' as const), which }),
  fc.record({ kind: fc.constant('give back' as const), which }),
)

interface Lent {
  readonly slab: Buffer
  cutBytes: number
  isClosed: boolean
}

test('memory is lent again when all that was handed out of it is back, and never before', () => {
  let lentAgain = 0
  fc.assert(
    fc.property(fc.array(step, { minLength: 100, maxLength: 200 }), (steps) => {
      const slabs = new Slabs(8 << 20)
      const seen = new Set<ArrayBufferLike>()
      const lent: Lent[] = []
      const out: { bytes: Uint8Array; mark: number }[] = []
      for (const [number, each] of steps.entries()) {
        if (each.kind === 'take') {
          const slab = slabs.take(each.lengthBytes)
          expect(slab.length).toBeGreaterThanOrEqual(each.lengthBytes)
          expect(lent.filter(({ isClosed }) => !isClosed).map((one) => one.slab.buffer)).not.toContain(slab.buffer)
          if (seen.has(slab.buffer)) lentAgain += 1
          seen.add(slab.buffer)
          slab.fill(255)
          lent.push({ slab, cutBytes: 0, isClosed: false })
        } else if (each.kind === 'give back') {
          const [part] = out.splice(each.which % Math.max(1, out.length), 1)
          if (part !== undefined) slabs.giveBack([part.bytes])
        } else {
          const open = lent.filter(({ isClosed }) => !isClosed)
          const from = open[each.which % Math.max(1, open.length)]
          if (from === undefined) continue
          if (each.kind === 'close') {
            from.isClosed = true
            slabs.handOut(from.slab, from.cutBytes)
          } else {
            const bytes = from.slab.subarray(from.cutBytes, from.cutBytes + each.lengthBytes)
            from.cutBytes += bytes.length
            const mark = number % 251
            bytes.fill(mark)
            if (bytes.length > 0) out.push({ bytes, mark })
          }
        }
        for (const { bytes, mark } of out) expect(bytes.every((byte) => byte === mark)).toBe(true)
      }
    }),
    { numRuns: 300 },
  )
  expect(lentAgain).toBeGreaterThan(100)
})

test('what was not lent, or by others, is left alone', () => {
  const slabs = new Slabs(8 << 20)
  const others = new Slabs(8 << 20)
  const foreign = others.take(unitBytes)
  slabs.handOut(foreign, 10)
  slabs.giveBack([foreign.subarray(0, 10), Buffer.alloc(100)])
  expect(slabs.take(unitBytes).buffer).not.toBe(foreign.buffer)
  others.handOut(foreign, 10)
  expect(others.take(unitBytes).buffer).not.toBe(foreign.buffer)
  others.giveBack([foreign.subarray(0, 10)])
  expect(others.take(unitBytes).buffer).toBe(foreign.buffer)
})

test('the beginning of what was handed out is joined with what goes before it, as far as there is room', () => {
  const slabs = new Slabs(8 << 20)
  const slab = slabs.take(unitBytes).fill(0)
  const body = slab.subarray(10, 1000).fill(7)
  const before = [Buffer.from('head'), Buffer.from('er')]
  expect(slabs.joined(before, body)).toBeUndefined()
  slabs.handOut(body, body.length)
  const part = body.subarray(0, 500)
  expect(slabs.joined(before, body.subarray(500))).toBeUndefined()
  expect(slabs.joined([...before, Buffer.alloc(5)], part)).toBeUndefined()
  const joined = slabs.joined(before, part)
  expect(joined?.buffer).toBe(slab.buffer)
  expect(Buffer.compare(joined!, Buffer.concat([...before, part]))).toBe(0)
  expect(slabs.joined(before, Buffer.alloc(100))).toBeUndefined()
  slabs.giveBack([part, body.subarray(500)])
  expect(slabs.take(unitBytes).buffer).toBe(slab.buffer)
})

test('what is short is not lent', () => {
  const slabs = new Slabs(8 << 20)
  const short = slabs.take(unitBytes - 1)
  expect(short.buffer.byteLength).toBe(unitBytes - 1)
  slabs.handOut(short, 10)
  slabs.giveBack([short.subarray(0, 10)])
  expect(slabs.take(unitBytes - 1).buffer).not.toBe(short.buffer)
})

test('no more is kept than is on its way at a time', () => {
  const slabs = new Slabs(8 << 20)
  const lent = Array.from({ length: 256 }, () => slabs.take(unitBytes))
  for (const slab of lent) slabs.handOut(slab, 0)
  const before = new Set(lent.map(({ buffer }) => buffer))
  const again = Array.from({ length: 256 }, () => slabs.take(unitBytes)).filter(({ buffer }) => before.has(buffer))
  expect(again.length).toBeGreaterThan(0)
  expect(again.length * unitBytes).toBeLessThanOrEqual(8 << 20)
})
