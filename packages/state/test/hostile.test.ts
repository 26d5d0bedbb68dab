import { describe, expect, test } from 'vitest'
import type { Accusation } from '../src/suspicion.ts'
import { createView, exchange, momentAt, recordOf, signed } from './network.ts'

function about(subject: string, change: Partial<Accusation> = {}): Accusation {
  return { subject, incarnation: 1, version: 1, accusers: ['x'], ageMs: 0, ...change }
}

describe('time', () => {
  test('a record may come from a clock that is a minute ahead, no more', () => {
    const view = createView()
    const at = (aheadMs: number) => signed(recordOf('a', { timestampMs: momentAt(aheadMs).nowMs }))
    expect(view.merge([at(60_001)], momentAt(0)).refused.map(({ code }) => code)).toEqual(['RECORD_INVALID'])
    expect(view.merge([at(60_000)], momentAt(0)).changed).toEqual(['a'])
  })

  test('an incarnation is a time too: none is so high that its node can never have a higher one', () => {
    const view = createView()
    const at = (incarnation: number) => signed(recordOf('a', { incarnation, version: Number.MAX_SAFE_INTEGER }))
    const dayMs = 24 * 3_600_000
    const { nowMs } = momentAt(0)
    for (const incarnation of [Number.MAX_SAFE_INTEGER, nowMs + dayMs + 60_001]) {
      expect(view.merge([at(incarnation)], momentAt(0)).refused.map(({ code }) => code)).toEqual(['RECORD_INVALID'])
    }
    expect(view.merge([at(nowMs + dayMs)], momentAt(0)).changed).toEqual(['a'])
    expect(view.merge([at(nowMs + dayMs + 1)], momentAt(0)).changed).toEqual(['a'])
  })

  test('a record that is replayed is no news', () => {
    const view = createView()
    const [old, current] = [signed(recordOf('a')), signed(recordOf('a', { version: 2 }))]
    view.merge([old, current], momentAt(0))
    expect(view.merge([old], momentAt(10_000))).toEqual({ changed: [], urgent: [], refused: [] })
    expect(view.availability('a', 10_000)).toBe('down')
  })
})

describe('a message', () => {
  test('that is mostly forged is not looked at to its end', () => {
    let checks = 0
    const view = createView({
      verify: () => {
        checks += 1
        return false
      },
    })
    const forged = Array.from({ length: 5_000 }, (_, i) => signed(recordOf(`peer-${i}`)))
    expect(view.merge(forged, momentAt(0)).refused).toHaveLength(64)
    expect(checks).toBe(64)
  })
})

describe('a peer that is no longer a member', () => {
  test('is forgotten, with all that was held against it, and leaves room', () => {
    const view = createView({ maxMembers: 3 })
    view.merge(
      ['self', 'a', 'b'].map((peerId) => signed(recordOf(peerId))),
      momentAt(0),
    )
    view.accuse([about('a')], 0)
    view.forget('a')
    view.forget('self')
    view.forget('nobody')
    expect(view.snapshot(0).map(({ record }) => record.peerId)).toEqual(['b', 'self'])
    expect([view.accusations(0, 9), view.explain('a', 0).availability]).toEqual([[], 'unknown'])
    expect(view.merge([signed(recordOf('c'))], momentAt(0)).changed).toEqual(['c'])
  })
})

describe('two processes with one key', () => {
  const twins = [signed(recordOf('a')), signed(recordOf('a', { draining: true }))]

  test('are noticed in either order, and not trusted', () => {
    for (const order of [twins, twins.toReversed()]) {
      const view = createView()
      view.merge(order, momentAt(0))
      expect(view.snapshot(0)[0]).toMatchObject({ isCloned: true, availability: 'suspect' })
      expect(view.explain('a', 0).reasons).toContain('two processes use its key')
    }
  })

  test('are forgiven when the node starts anew', () => {
    const view = createView()
    view.merge([...twins, signed(recordOf('a', { version: 2 }))], momentAt(0))
    expect(view.snapshot(0)[0]).toMatchObject({ isCloned: true })
    view.merge([signed(recordOf('a', { incarnation: 2 })), ...twins], momentAt(0))
    expect(view.snapshot(0)[0]).toMatchObject({ isCloned: false, availability: 'up' })
  })

  test('can not be made up by someone else', () => {
    const view = createView()
    view.merge([twins[0]!], momentAt(0))
    const forged = { ...twins[1]!, signature: new Uint8Array(32) }
    view.merge([forged], momentAt(0))
    expect(view.snapshot(0)[0]).toMatchObject({ isCloned: false, availability: 'up' })
  })
})

describe('an accusation', () => {
  test('makes its subject suspect, then down, unless a newer record refutes it', () => {
    const view = createView()
    view.merge([signed(recordOf('a', { renewMs: 60_000 })), signed(recordOf('b', { renewMs: 60_000 }))], momentAt(0))
    expect(view.accuse([about('a'), about('b')], 0)).toHaveLength(2)
    expect(view.availability('a', 5_999)).toBe('suspect')
    view.merge([signed(recordOf('b', { renewMs: 60_000, version: 2 }))], momentAt(5_999))
    expect([view.availability('a', 6_000), view.availability('b', 6_000)]).toEqual(['down', 'up'])
    expect(view.explain('a', 6_000).reasons).toEqual([
      'x got no answer from it for 6.0 s; it did not refute it in time',
    ])
  })

  test.each([[0], [3_600_000], [Number.MAX_SAFE_INTEGER]])(
    'that is made up, with three accusers and %d ms of age, leaves its subject time to refute',
    (ageMs) => {
      const view = createView()
      view.merge([signed(recordOf('a', { renewMs: 3_600_000 }))], momentAt(0))
      const lie = about('a', { ageMs, accusers: ['x', 'y', 'z'] })
      view.accuse([lie], 60_000)
      for (const accusers of [['u'], ['v'], ['w']]) view.accuse([{ ...lie, accusers }], 60_500)
      expect(view.availability('a', 61_999)).toBe('suspect')
      expect(view.availability('a', 62_000)).toBe('down')
      view.merge([signed(recordOf('a', { version: 2, renewMs: 3_600_000 }))], momentAt(62_000))
      expect(view.availability('a', 62_000)).toBe('up')
    },
  )

  test('one after the other by a liar, each refuted in time, never puts a peer down', () => {
    const view = createView()
    for (let version = 1; version < 200; version++) {
      const nowMs = version * 1_500
      view.merge([signed(recordOf('a', { version, renewMs: 3_600_000 }))], momentAt(nowMs))
      expect(view.availability('a', nowMs)).toBe('up')
      if (version < 3) continue
      view.accuse([about('a', { version, ageMs: 3_600_000, accusers: ['x', 'y', 'z'] })], nowMs)
      expect(view.availability('a', nowMs + 1_499)).toBe('suspect')
    }
  })

  test('is believed at once, as old as it says it is, by who has just come and knows nothing else', () => {
    const view = createView()
    view.merge([signed(recordOf('a', { renewMs: 3_600_000, timestampMs: momentAt(-60_000).nowMs }))], momentAt(0))
    view.accuse([about('a', { ageMs: 50_000 })], 10)
    expect(view.availability('a', 10)).toBe('down')
  })

  test('is passed on once: not when it is known, outdated, or contradicted by what was heard since', () => {
    const view = createView()
    view.merge([signed(recordOf('a', { version: 5 })), signed(recordOf('b'))], momentAt(0))
    view.heard('b', 900)
    expect(view.accuse([about('a', { version: 4 }), about('b', { ageMs: 200 })], 1_000)).toEqual([])
    const accusation = about('a', { version: 5 })
    expect(view.accuse([accusation, accusation], 1_000)).toEqual([accusation])
    expect(view.accusations(1_500, 9)).toEqual([{ ...accusation, ageMs: 500 }])
  })

  test('of a record that is not here yet does not count: it could never be refuted if it was made up', () => {
    const view = createView()
    view.merge([signed(recordOf('a'))], momentAt(0))
    expect(view.accuse([about('a', { version: Number.MAX_SAFE_INTEGER })], 0)).toEqual([])
    expect(view.availability('a', 10)).toBe('up')
  })

  test('that is refuted makes the refutation urgent', () => {
    const view = createView()
    view.merge([signed(recordOf('a'))], momentAt(0))
    view.accuse([about('a')], 0)
    const refutation = signed(recordOf('a', { version: 2 }))
    expect(view.merge([refutation], momentAt(20)).urgent).toMatchObject([refutation])
    expect(view.availability('a', 20)).toBe('up')
  })

  test('of this node itself is news, so that it can be refuted, but changes nothing here', () => {
    const view = createView()
    view.merge([signed(recordOf('self'))], momentAt(100))
    expect(view.accuse([about('self', { ageMs: 100 })], 150)).toHaveLength(1)
    expect(view.availability('self', 60_000)).toBe('up')
  })

  test('goes with every message for a minute, then when there is a reason, or in turn with others', () => {
    const view = createView()
    for (const subject of ['a', 'b', 'c', 'd', 'e']) view.accuse([about(subject)], 0)
    const toldAt = (nowMs: number, ...named: string[]) =>
      view
        .accusations(
          nowMs,
          9,
          named.map((name) => [name, 1, 1]),
        )
        .map(({ subject }) => subject)
    expect(toldAt(59_999)).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect([toldAt(60_000), toldAt(60_000), toldAt(60_000)]).toEqual([
      ['a', 'b'],
      ['c', 'd'],
      ['e', 'a'],
    ])
    expect(toldAt(60_000, 'd')).toEqual(expect.arrayContaining(['d']))
    view.accuse([about('f')], 60_000)
    expect(toldAt(60_000)[0]).toBe('f')
    expect(view.accusations(60_000, 2)).toHaveLength(2)
  })

  test('against strangers takes bounded room, the oldest going first', () => {
    const view = createView()
    for (let i = 0; i < 5_000; i++) view.accuse([about(`stranger-${i}`)], i)
    expect(view.accusations(5_000, 10_000)).toHaveLength(4_096)
    expect(view.explain('stranger-0', 5_000).availability).toBe('unknown')
    expect(view.explain('stranger-4999', 5_000).availability).toBe('suspect')
  })

  test('does not count the time this process stood still', () => {
    const view = createView()
    view.merge([signed(recordOf('a', { renewMs: 1_000 }))], momentAt(0))
    view.accuse([about('a')], 0)
    view.forgive(30_000)
    expect(view.availability('a', 30_500)).toBe('suspect')
  })
})

describe('groups', () => {
  const summary = { members: 3, up: 3, totalBytes: 10, freeBytes: 5 }
  const elected = recordOf('elected', { group: 'far', summary })

  test('a view holds its own group and the elected members of others', () => {
    const view = createView()
    const ordinary = recordOf('ordinary', { group: 'far' })
    expect(view.merge([recordOf('near'), elected, ordinary].map(signed), momentAt(0)).changed).toEqual([
      'near',
      'elected',
    ])
  })

  test('lets go of those that are no longer elected', () => {
    const view = createView()
    view.merge([signed(elected)], momentAt(0))
    view.merge([signed(recordOf('elected', { group: 'far', version: 2 }))], momentAt(0))
    expect(view.snapshot(0)).toEqual([])
  })

  test('between groups only what all are to know is exchanged', () => {
    const [near, far] = [createView(), createView({ selfId: 'elected', group: 'far' })]
    near.merge([recordOf('near'), recordOf('self', { summary })].map(signed), momentAt(0))
    far.merge([elected, recordOf('ordinary', { group: 'far' })].map(signed), momentAt(0))
    exchange(near, far, 0, 'network')
    const names = (view: typeof near) => view.snapshot(0).map(({ record }) => record.peerId)
    expect([names(near), names(far)]).toEqual([
      ['elected', 'near', 'self'],
      ['elected', 'ordinary', 'self'],
    ])
  })

  test('a stranger under suspicion is acquitted by its own word only', () => {
    const view = createView()
    view.accuse([about('ordinary')], 0)
    const word = signed(recordOf('ordinary', { group: 'far', version: 2 }))
    const forged = { ...word, signature: new Uint8Array(32) }
    expect(view.merge([forged], momentAt(0)).refused.map(({ code }) => code)).toEqual(['RECORD_FORGED'])
    expect(view.explain('ordinary', 0).availability).toBe('suspect')
    expect(view.merge([word], momentAt(0)).urgent).toMatchObject([word])
    expect(view.explain('ordinary', 0).availability).toBe('unknown')
  })
})
