import { expect, test } from 'vitest'
import { Ledger } from '../src/ledger.ts'

const order = { bytes: new Uint8Array(), scheme: 'rs:4+2', acknowledge: 'all', durability: 'durable' } as const

test('an object may lose as many machines as its scheme and level make up for, and no more', () => {
  const ledger = new Ledger()
  const all = ledger.open(order)
  expect([all.spare, ledger.open({ ...order, acknowledge: 'quorum' }).spare]).toEqual([2, 1])
  expect(ledger.canDestroy('n1')).toBe(true)
  ledger.destroyed('n1')
  expect(ledger.canDestroy('n2')).toBe(false)
  expect(ledger.canDestroy('n1')).toBe(true)
})

test('a repair makes up for what was lost before it began, and for a low level of acknowledgement', () => {
  const deposit = new Ledger().open({ ...order, acknowledge: 'any' })
  deposit.state = 'stored'
  expect(deposit.canLose('n1')).toBe(false)
  deposit.repaired(new Map())
  deposit.lose('n1')
  const lostBefore = new Map(deposit.lost)
  deposit.lose('n2')
  expect(deposit.canLose('n3')).toBe(false)
  deposit.repaired(lostBefore)
  expect([...deposit.lost.keys()]).toEqual(['n2'])
  expect(deposit.canLose('n3')).toBe(true)
})

test('what is lost again while a repair is under way stays lost, whichever repair is done first', () => {
  const deposit = new Ledger().open(order)
  deposit.state = 'stored'
  deposit.lose('n1')
  const [first, second] = [new Map(deposit.lost), new Map(deposit.lost)]
  deposit.repaired(first)
  expect(deposit.lost.size).toBe(0)
  deposit.lose('n1')
  deposit.repaired(second)
  expect([...deposit.lost.keys()]).toEqual(['n1'])
})

test('a crash costs only what is stored in memory', () => {
  const ledger = new Ledger()
  const durable = ledger.open(order)
  const inMemory = ledger.open({ ...order, acknowledge: 'quorum', durability: 'memory' })
  ledger.crashed('n1')
  expect([durable.lost.size, inMemory.lost.size]).toEqual([0, 1])
  expect(ledger.canCrash('n2')).toBe(false)
  inMemory.state = 'removed'
  expect(ledger.canCrash('n2')).toBe(true)
})

test('a shard is known by its deletion date', () => {
  const ledger = new Ledger()
  const deposits = [ledger.open(order), ledger.open(order)]
  expect(deposits.map(({ deleteAfter }) => ledger.ownerOf(deleteAfter.getTime()))).toEqual(deposits)
  expect(ledger.ownerOf(0)).toBeUndefined()
})
