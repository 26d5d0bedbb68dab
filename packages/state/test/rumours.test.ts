import { describe, expect, test } from 'vitest'
import { Rumours } from '../src/rumours.ts'
import { openRecord } from '../src/signed-record.ts'
import { recordOf, signed } from './network.ts'

function about(subject: string, version = 1) {
  return { subject, incarnation: 1, version, accusers: ['x'], ageMs: 100 }
}

describe('a rumour', () => {
  test('is told to more peers the more there are, then no more', () => {
    for (const [members, times] of [
      [9, 2],
      [999, 4],
      [99_999, 6],
    ] as const) {
      const rumours = new Rumours()
      rumours.addAccusation(about('a'), 0)
      let told = 0
      while (rumours.take(3, members, 0).accusations.length > 0) told++
      expect(told).toBe(times)
      expect(rumours.isEmpty).toBe(true)
    }
  })

  test('grows older while it waits', () => {
    const rumours = new Rumours()
    rumours.addAccusation(about('a'), 1_000)
    expect(rumours.take(3, 9, 1_500).accusations).toEqual([{ ...about('a'), ageMs: 600 }])
  })

  test('is not kept twice', () => {
    const rumours = new Rumours()
    for (let i = 0; i < 2; i++) rumours.addAccusation(about('a'), 0)
    expect(rumours.take(3, 9, 0).accusations).toHaveLength(1)
  })

  test('that is new goes before one that was told already', () => {
    const rumours = new Rumours()
    for (let i = 0; i < 64; i++) rumours.addAccusation(about(`old-${i}`), 0)
    rumours.take(3, 1e6, 0)
    rumours.addAccusation(about('new'), 0)
    const { accusations } = rumours.take(3, 1e6, 0)
    expect(accusations).toHaveLength(64)
    expect(accusations[0]).toEqual(about('new'))
  })

  test('takes bounded room', () => {
    const rumours = new Rumours()
    for (let i = 0; i < 2_000; i++) rumours.addAccusation(about(`peer-${i}`), 0)
    let taken = 0
    for (let news = rumours.take(99, 9, 0); news.accusations.length > 0; news = rumours.take(99, 9, 0)) {
      taken += news.accusations.length
    }
    expect(taken).toBe(1_024)
  })
})

describe('a record', () => {
  const open = (version: number) => openRecord(signed(recordOf('a', { version })))

  test('takes the place of the accusations it refutes, and of its older self', () => {
    const rumours = new Rumours()
    for (const version of [1, 2, 3]) rumours.addAccusation(about('a', version), 0)
    rumours.addRecord(open(2), 0)
    rumours.addRecord(open(3), 0)
    rumours.addRecord(open(2), 0)
    const { accusations, records } = rumours.take(3, 9, 0)
    expect(accusations.map(({ version }) => version)).toEqual([3])
    expect(records).toEqual([signed(recordOf('a', { version: 3 }))])
  })
})
