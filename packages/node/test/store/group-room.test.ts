import { expect, test } from 'vitest'
import { GroupRoom, smallGroupBytes } from '../../src/store/segment/group-room.ts'

const always = (fits: boolean): boolean => fits

/** Room for groups, and the numbers of those who were let in. */
function crowdedRoom(groupBytes: number) {
  const room = new GroupRoom(groupBytes)
  const entered: number[] = []
  let count = 0
  const come = (bytes: number): void => {
    const number = count++
    room.queue(bytes, () => {
      room.take(bytes)
      entered.push(number)
    })
    room.admit(always)
  }
  return { room, entered, come }
}

test('little goes in one group', () => {
  const { room, entered, come } = crowdedRoom(8 * smallGroupBytes)
  for (let number = 0; number < 16; number++) come(smallGroupBytes / 16)
  expect(entered).toHaveLength(16)
  expect(room.gatheredBytes).toBe(smallGroupBytes)
})

test('of much in hand half gathers while the other half is written', () => {
  const { room, entered, come } = crowdedRoom(8 * smallGroupBytes)
  for (let number = 0; number < 64; number++) come(smallGroupBytes / 16)
  expect(entered).toHaveLength(32)
  room.close()
  room.admit(always)
  expect(entered).toHaveLength(64)
})

test('halves that differ become equal', () => {
  const { room, entered, come } = crowdedRoom(64 * smallGroupBytes)
  come(smallGroupBytes)
  room.close()
  for (let number = 0; number < 7; number++) come(smallGroupBytes)
  const groups = [1]
  for (let turn = 0; turn < 10; turn++) {
    const { length } = entered
    groups.push(room.gatheredBytes / smallGroupBytes)
    room.close()
    room.admit(always)
    // Those of the group before are acknowledged, and come again.
    for (let number = 0; number < groups.at(-2)!; number++) come(smallGroupBytes)
    expect(entered.length).toBeGreaterThan(length)
  }
  expect(groups.slice(-4)).toEqual([4, 4, 4, 4])
})

test('never more than a group gathers, unless one record is longer', () => {
  const { room, come } = crowdedRoom(2 * smallGroupBytes)
  for (let number = 0; number < 100; number++) come(smallGroupBytes * 0.7)
  expect(room.gatheredBytes).toBeLessThanOrEqual(2 * smallGroupBytes)
  room.close()
  room.admit(always)
  expect(room.gatheredBytes).toBeLessThanOrEqual(2 * smallGroupBytes)
  const long = crowdedRoom(smallGroupBytes)
  long.come(3 * smallGroupBytes)
  expect(long.entered).toEqual([0])
})

test('first come, first let in: whoever comes back does not pass those who wait', () => {
  const { room, entered, come } = crowdedRoom(smallGroupBytes)
  for (let number = 0; number < 64; number++) come(smallGroupBytes / 4)
  for (let turn = 0; turn < 40; turn++) {
    const before = entered.length
    room.close()
    room.admit(always)
    for (let number = before; number < entered.length; number++) come(smallGroupBytes / 4)
  }
  expect(entered).toEqual(entered.map((_, index) => index))
})
