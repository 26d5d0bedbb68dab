import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { shortId } from '../src/member.ts'
import { compareRecords } from '../src/newer.ts'
import { openRecord, type SignedRecord } from '../src/signed-record.ts'
import type { View, ViewChange } from '../src/view.ts'
import { createView, exchange, momentAt, recordOf, signed, verify } from './network.ts'

/** Histories of five peers; with `draining` two different records may share one version. */
const histories = fc.array(
  fc
    .record({
      peerId: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      incarnation: fc.integer({ min: 1, max: 3 }),
      version: fc.integer({ min: 1, max: 4 }),
      draining: fc.boolean(),
    })
    .map(({ peerId, ...change }) => recordOf(peerId, change)),
  { maxLength: 25 },
)

function contentOf(view: View): readonly SignedRecord[] {
  return view.records(view.snapshot(0).map(({ record }) => shortId(record.peerId)))
}

function viewOf(...batches: (readonly SignedRecord[])[]): View {
  const view = createView()
  for (const batch of batches) expect(view.merge(batch, momentAt(0)).refused).toEqual([])
  return view
}

describe('merging', () => {
  test('keeps the newest record of each peer', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const records = history.map((record) => openRecord(signed(record)))
        const newest = [...new Set(records.map(({ record }) => record.peerId))].sort().map((peerId) => {
          const own = records.filter(({ record }) => record.peerId === peerId)
          return own.find((record) => own.every((other) => compareRecords(record, other) >= 0))!
        })
        const bare = newest.map(({ payload, signature }) => ({ payload, signature }))
        expect(contentOf(viewOf(records))).toEqual(bare)
      }),
    )
  })

  test('is commutative, associative and idempotent', () => {
    fc.assert(
      fc.property(histories, histories, histories, (x, y, z) => {
        const [a, b, c] = [x.map(signed), y.map(signed), z.map(signed)]
        expect(contentOf(viewOf(a, b))).toEqual(contentOf(viewOf(b, a)))
        expect(contentOf(viewOf(a, contentOf(viewOf(b, c))))).toEqual(contentOf(viewOf(contentOf(viewOf(a, b)), c)))
        expect(contentOf(viewOf(a, a))).toEqual(contentOf(viewOf(a)))
      }),
    )
  })

  test('tells what changed, and changes nothing the second time', () => {
    const view = createView()
    const batch = [signed(recordOf('b')), signed(recordOf('a'))]
    expect(view.merge(batch, momentAt(0))).toEqual({ changed: ['b', 'a'], urgent: [], refused: [] })
    expect(view.merge(batch, momentAt(0))).toEqual({ changed: [], urgent: [], refused: [] })
  })

  test('refuses what is forged or broken and takes the rest', () => {
    const view = createView()
    const good = signed(recordOf('a'))
    const forged = { ...signed(recordOf('a', { version: 99 })), signature: good.signature }
    const stranger = { ...signed(recordOf('b')), signature: good.signature }
    const broken = { payload: Uint8Array.of(0xff), signature: good.signature }
    const { changed, refused } = view.merge([forged, good, stranger, broken, forged], momentAt(0))
    expect(changed).toEqual(['a'])
    const codes = refused.map(({ code }) => code)
    expect(codes).toEqual(['RECORD_FORGED', 'RECORD_FORGED', 'RECORD_INVALID', 'RECORD_FORGED'])
    expect(contentOf(view)).toEqual([good])
  })

  test('checks no signature of what it knows already', () => {
    let checks = 0
    const view = createView({
      verify: (...claim) => {
        checks++
        return verify(...claim)
      },
    })
    const [old, current] = [signed(recordOf('a', { version: 1 })), signed(recordOf('a', { version: 2 }))]
    view.merge([current, current, old], momentAt(0))
    expect(checks).toBe(1)
  })

  test('a failing verifier is not taken for a bad record', () => {
    const view = createView({
      verify: () => {
        throw new TypeError('no such key type')
      },
    })
    expect(() => view.merge([signed(recordOf('a'))], momentAt(0))).toThrow(TypeError)
  })
})

describe('anti-entropy', () => {
  test('one exchange makes two views equal', () => {
    fc.assert(
      fc.property(histories, histories, (x, y) => {
        // One record a version: digests can't tell two apart that share one.
        const steady = (history: typeof x) => history.map((record) => signed({ ...record, draining: false }))
        const [left, right] = [viewOf(steady(x)), viewOf(steady(y))]
        exchange(left, right, 0)
        expect(contentOf(left)).toEqual(contentOf(right))
        expect(right.differences(left.hashes())).toEqual({ buckets: [], entries: [] })
      }),
    )
  })

  test('sends only what is newer, the most outdated first', () => {
    const ours = viewOf([
      signed(recordOf('behind', { version: 10 })),
      signed(recordOf('equal')),
      signed(recordOf('far-behind', { version: 50 })),
      signed(recordOf('newer-there')),
      signed(recordOf('restarted', { incarnation: 2 })),
    ])
    const entries: [string, number, number][] = [
      ['behind', 1, 9],
      ['equal', 1, 1],
      ['far-behind', 1, 1],
      ['newer-there', 2, 0],
      ['restarted', 1, 99],
      ['unknown', 1, 1],
    ]
    const buckets = Array.from({ length: 16 }, (_, i) => i)
    const { records, wanted } = ours.delta({ buckets, entries }, 16)
    expect(records).toEqual(ours.records(['restarted', 'far-behind', 'behind']))
    expect(wanted).toEqual(['newer-there', 'unknown'])
  })

  test('opens only the buckets that differ', () => {
    const all = Array.from({ length: 1_000 }, (_, i) => recordOf(`peer-${i}`))
    const [ours, theirs] = [viewOf(all.map(signed)), viewOf(all.map(signed))]
    theirs.merge([signed({ ...all[7]!, version: 2 })], momentAt(0))
    const { buckets, entries } = theirs.differences(ours.hashes())
    expect(buckets).toHaveLength(1)
    expect(entries.length).toBeLessThan(10)
    expect(entries).toContainEqual(['peer-7', 1, 2])
  })

  test('messages of a few records bring everything over in the end', () => {
    const all = Array.from({ length: 40 }, (_, i) => signed(recordOf(`peer-${i}`)))
    const [full, empty] = [viewOf(all), createView()]
    const maxBytes = 5 * (all[39]!.payload.length + 32)
    for (let round = 0; round < 8; round++) {
      const before = contentOf(empty).length
      exchange(empty, full, 0, 'group', maxBytes)
      expect(contentOf(empty).length).toBeGreaterThanOrEqual(before + 5)
    }
    expect(contentOf(empty)).toEqual(contentOf(full))
    expect(full.records(['peer-0', 'nobody', 'peer-1'], maxBytes)).toEqual([all[0], all[1]])
  })
})

describe('liveness', () => {
  test('a peer is up on news, then suspect, then down', () => {
    const view = viewOf([signed(recordOf('a'))])
    expect([0, 2_999, 3_000, 4_999, 5_000].map((ms) => view.availability('a', ms))).toEqual([
      'up',
      'up',
      'suspect',
      'suspect',
      'down',
    ])
    view.heard('a', 9_000)
    expect(view.availability('a', 9_000)).toBe('up')
    view.merge([signed(recordOf('a', { version: 2 }))], momentAt(20_000))
    expect(view.availability('a', 20_000)).toBe('up')
  })

  test('silence is measured in renewals', () => {
    const view = viewOf([signed(recordOf('a', { renewMs: 60_000 }))])
    expect([179_999, 180_000, 300_000].map((ms) => view.availability('a', ms))).toEqual(['up', 'suspect', 'down'])
  })

  test('a record that is not newer is no news', () => {
    const [first, second] = [signed(recordOf('a')), signed(recordOf('a', { draining: true }))]
    const view = viewOf([first])
    view.merge([first, second], momentAt(8_000))
    expect(view.availability('a', 8_000)).toBe('down')
  })

  test('failed deliveries make it suspect, then down, and news clears them', () => {
    const view = viewOf([signed(recordOf('a'))])
    view.failed('a', 10)
    expect(view.availability('a', 10)).toBe('suspect')
    view.heard('a', 20)
    expect(view.availability('a', 20)).toBe('up')
    view.failed('a', 30)
    view.failed('a', 40)
    expect(view.availability('a', 40)).toBe('down')
    view.merge([signed(recordOf('a', { version: 2 }))], momentAt(50))
    expect(view.availability('a', 50)).toBe('up')
  })

  test('at first sight the age of the record counts as silence', () => {
    const view = createView()
    const old = recordOf('old', { timestampMs: momentAt(-8_000).nowMs })
    const ahead = recordOf('ahead', { timestampMs: momentAt(30_000).nowMs })
    view.merge([signed(old), signed(ahead)], momentAt(0))
    expect(view.availability('old', 0)).toBe('down')
    expect(view.availability('ahead', 3_000)).toBe('suspect')
  })

  test('the node itself is always up, a stranger down, and nothing is kept of a stranger', () => {
    const view = createView()
    view.heard('stranger', 0)
    expect(view.availability('self', 1e9)).toBe('up')
    expect(view.availability('stranger', 0)).toBe('down')
    expect(view.snapshot(0)).toEqual([])
  })
})

test('a snapshot shows every member in order', () => {
  const view = viewOf([signed(recordOf('b')), signed(recordOf('a'))])
  view.heard('b', 4_000)
  view.observedFrom('b', '10.0.0.0/24')
  expect(view.snapshot(4_000)).toEqual([
    { record: recordOf('a'), availability: 'suspect', lastHeardMs: 0, isCloned: false, observedPrefix: undefined },
    { record: recordOf('b'), availability: 'up', lastHeardMs: 4_000, isCloned: false, observedPrefix: '10.0.0.0/24' },
  ])
})

test('listeners hear of records and verdicts until they leave', () => {
  const view = createView()
  const heard: ViewChange[] = []
  const leave = view.subscribe((change) => heard.push(change))
  view.merge([signed(recordOf('a'))], momentAt(0))
  view.heard('a', 1)
  view.failed('a', 2)
  view.failed('a', 3)
  view.failed('a', 4)
  view.heard('a', 5)
  leave()
  view.failed('a', 6)
  const verdict = { kind: 'availability', peerId: 'a' }
  expect(heard).toEqual([{ kind: 'record', peerId: 'a' }, verdict, verdict, verdict])
})

test('listeners hear of what time alone has done, once, and of who is back by its record', () => {
  const view = viewOf([signed(recordOf('a'))])
  const heard: string[] = []
  view.subscribe(({ kind, peerId }) => heard.push(`${kind} ${peerId}`))
  for (const nowMs of [2_999, 3_000, 3_001, 5_000, 6_000]) view.review(nowMs)
  expect(heard).toEqual(['availability a', 'availability a'])
  view.merge([signed(recordOf('a', { version: 2 }))], momentAt(7_000))
  expect(heard.slice(2)).toEqual(['record a', 'availability a'])
})

describe('a full view', () => {
  const dayMs = 24 * 3_600_000
  const batch = ['self', 'a', 'b'].map((peerId) => signed(recordOf(peerId)))
  const fresh = (days: number) => signed(recordOf('new', { timestampMs: momentAt(days * dayMs).nowMs }))

  test('refuses a new member while all others may come back', () => {
    const view = createView({ maxMembers: 3 })
    view.merge(batch, momentAt(0))
    const { changed, refused } = view.merge([fresh(6)], momentAt(6 * dayMs))
    expect(changed).toEqual([])
    expect(refused.map(({ code }) => code)).toEqual(['VIEW_FULL'])
    expect(contentOf(view).length).toBe(3)
    expect(view.merge([signed(recordOf('a', { version: 2 }))], momentAt(0)).changed).toEqual(['a'])
  })

  test('forgets who was silent for the longest time, never itself', () => {
    const view = createView({ maxMembers: 3 })
    view.merge(batch, momentAt(0))
    view.heard('a', dayMs)
    const changes: ViewChange[] = []
    view.subscribe((change) => changes.push(change))
    expect(view.merge([fresh(8)], momentAt(8 * dayMs)).changed).toEqual(['new'])
    expect(view.snapshot(8 * dayMs).map(({ record }) => record.peerId)).toEqual(['a', 'new', 'self'])
    expect(changes).toEqual([
      { kind: 'forgotten', peerId: 'b' },
      { kind: 'record', peerId: 'new' },
    ])
    // Passed on by someone who still has it, the old record may not push out a fresher one.
    expect(view.merge([batch[2]!], momentAt(8 * dayMs)).refused.map(({ code }) => code)).toEqual(['VIEW_FULL'])
  })

  test('has room for two at least', () => {
    expect(() => createView({ maxMembers: 1 })).toThrow(RangeError)
  })
})
