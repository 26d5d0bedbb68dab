import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { electedOf, summaryOf } from '../src/groups.ts'
import type { Availability } from '../src/liveness.ts'
import type { Member } from '../src/view.ts'
import { recordOf } from './network.ts'

function member(peerId: string, availability: Availability = 'up', group = 'g'): Member {
  const record = recordOf(peerId, { group })
  return { record, availability, lastHeardMs: 0, isCloned: false, observedPrefix: undefined }
}

const many = Array.from({ length: 20 }, (_, i) => member(`peer-${i}`))

describe('elected members', () => {
  test('are the same three whatever order they are known in, and of the group', () => {
    const elected = electedOf('g', many)
    expect(new Set(elected).size).toBe(3)
    fc.assert(
      fc.property(fc.shuffledSubarray(many, { minLength: 20 }), (order) => {
        const others = [member('peer-0', 'up', 'h'), member('z', 'up', 'h')]
        expect(electedOf('g', [...others.slice(1), ...order])).toEqual(elected)
      }),
    )
  })

  test('are replaced one by one as they go down, and come back', () => {
    const elected = electedOf('g', many)
    const without = many.map((other) => (other.record.peerId === elected[0] ? member(elected[0]!, 'down') : other))
    expect(electedOf('g', without).slice(0, 2)).toEqual(elected.slice(1))
    expect(electedOf('g', without)).toHaveLength(3)
    expect(electedOf('g', many)).toEqual(elected)
  })

  test('can be dialled', () => {
    const silent = { ...member('a'), record: recordOf('a', { group: 'g', addresses: [] }) }
    expect(electedOf('g', [silent, member('b')])).toEqual(['b'])
  })
})

test('a summary counts the group and what those that are up have', () => {
  const members = [member('a'), member('b', 'down'), member('c', 'suspect'), member('d'), member('e', 'up', 'other')]
  expect(summaryOf('g', members)).toEqual({ members: 4, up: 2, totalBytes: 2_000_000, freeBytes: 800_000 })
})
