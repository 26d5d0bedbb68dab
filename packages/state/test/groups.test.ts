import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isElected, summaryOf } from '../src/groups.ts'
import type { Availability } from '../src/liveness.ts'
import type { MemberRecord } from '../src/member.ts'
import type { View } from '../src/view.ts'
import { createView, momentAt, recordOf, signed } from './network.ts'

const ids = Array.from({ length: 20 }, (_, i) => `peer-${i}`)
const summary = { members: 1, up: 1, totalBytes: 1, freeBytes: 1 }

function viewOf(selfId: string, records: readonly MemberRecord[]): View {
  const view = createView({ selfId })
  view.merge(records.map(signed), momentAt(0))
  return view
}

/** Who is elected by what all of them know, each asking its own view. */
function electedBy(records: readonly MemberRecord[], downIds: readonly string[] = []): string[] {
  return ids.filter((selfId) => {
    const view = viewOf(selfId, records)
    for (const peerId of downIds) for (let i = 0; i < 2; i++) view.failed(peerId, 0)
    return !downIds.includes(selfId) && isElected(view, 0)
  })
}

const all = ids.map((peerId) => recordOf(peerId))

describe('elected members', () => {
  test('are the same three whatever order they are known in, and of the group', () => {
    const elected = electedBy(all)
    expect(elected).toHaveLength(3)
    const others = ['a', 'b', 'c'].map((peerId) => recordOf(peerId, { group: 'other', summary }))
    fc.assert(
      fc.property(fc.shuffledSubarray([...all, ...others], { minLength: 23 }), (order) => {
        expect(electedBy(order)).toEqual(elected)
      }),
      { numRuns: 5 },
    )
  })

  test('are replaced one by one as they go down', () => {
    const [gone, ...staying] = electedBy(all) as [string, ...string[]]
    const after = electedBy(all, [gone])
    expect(after).toEqual(expect.arrayContaining(staying))
    expect(after).toHaveLength(3)
    expect(after).not.toContain(gone)
  })

  test('can be dialled', () => {
    const view = viewOf('peer-0', [recordOf('peer-0', { addresses: [] }), recordOf('peer-1')])
    expect(isElected(view, 0)).toBe(false)
    expect(isElected(viewOf('peer-1', [recordOf('peer-0', { addresses: [] }), recordOf('peer-1')]), 0)).toBe(true)
  })
})

test('a summary counts the group and what those that are up have', () => {
  const member = (peerId: string, availability: Availability, group = 'g') => ({
    record: recordOf(peerId, { group }),
    availability,
  })
  const members = [
    member('a', 'up'),
    member('b', 'down'),
    member('c', 'suspect'),
    member('d', 'up'),
    member('e', 'up', 'other'),
  ]
  expect(summaryOf('g', members)).toEqual({ members: 4, up: 2, totalBytes: 2_000_000, freeBytes: 800_000 })
})
