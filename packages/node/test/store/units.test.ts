import { expect, test } from 'vitest'
import type { StoreError } from '../../src/store/store-error.ts'
import { Latency } from '../../src/store/units/latency.ts'
import { describePlace } from '../../src/store/units/unit-entry.ts'
import { id, pattern, shard, shardStoreContract, summary } from '../contract/shard-store.ts'
import { UnitsMachine } from './units-fixture.ts'
import { eio, readOnly } from './units-history.ts'

const capacity = 8 << 20

shardStoreContract('a store of two units', async ({ capacityBytes }) => {
  const machine = new UnitsMachine(['a', 'b'], capacityBytes / 2)
  await machine.open()
  return {
    clock: machine.clock,
    get store() {
      return machine.units
    },
    reopen: () => machine.reopen(),
    crash: () => machine.crash(),
    corrupt: (shardId) => machine.corrupt(shardId),
    end: () => machine.units.close(),
  }
})

test('shards are spread by free space', async () => {
  const machine = await opened('a', 'b')
  await machine.units.add({ kind: 'directory', path: 'c' }, { capacityBytes: 4 * capacity })
  for (let number = 0; number < 200; number++) await machine.units.put(shard(number, 1000))
  const counts = machine.units.report().map(({ shardCount }) => shardCount)
  expect(counts[0]! + counts[1]! + counts[2]!).toBe(200)
  expect(counts[2]!).toBeGreaterThan(counts[0]! + counts[1]!)
  expect(Math.min(...counts)).toBeGreaterThan(10)
  await machine.units.close()
})

test('a disk that expects its own end is told of, and gets little', async () => {
  const machine = new UnitsMachine(['a', 'b'], capacity)
  machine.failing.add('b')
  await machine.open()
  await expect.poll(() => machine.units.report().map(({ health }) => health.disk)).toEqual(['good', 'failing'])
  expect(machine.log.at('error')).toEqual(['a disk expects its own end: remove its unit'])
  for (let number = 0; number < 100; number++) await machine.units.put(shard(number, 1000))
  expect(machine.units.report()[1]!.shardCount).toBeLessThan(25)
  await machine.units.close()
})

test('a unit that has become much slower than it was gets less', () => {
  const latency = new Latency()
  for (let sample = 0; sample < 5000; sample++) latency.add(2 + (sample % 3))
  expect(latency.isSlow).toBe(false)
  for (let sample = 0; sample < 32; sample++) latency.add(60)
  expect(latency.isSlow).toBe(true)
  for (let sample = 0; sample < 64; sample++) latency.add(3)
  expect(latency.isSlow).toBe(false)
})

test('a unit with an unplugged disk is left behind, and what it holds is back with it', async () => {
  const machine = await opened('a', 'b')
  await putMany(machine, 40)
  const inB = numbers(40).filter((number) => machine.diskOf(id(number)) === machine.disk('b'))
  await machine.units.close()
  machine.unplugged.add('b')
  await machine.open()
  expect(states(machine)).toEqual({ a: 'active', b: 'failed' })
  expect(await machine.units.get(id(inB[0]!))).toBeUndefined()
  expect(machine.units.report()[1]).toMatchObject({ problem: 'b is not there', freeBytes: 0, shardCount: 0 })
  // One of its shards is stored again meanwhile, another one replaced.
  await machine.units.put(shard(inB[0]!, 1000))
  await machine.units.put(shard(inB[1]!, 2000, { seed: 99 }), { ifPresent: 'replace' })
  machine.unplugged.delete('b')
  machine.clock.advance(15_000)
  await expect.poll(() => states(machine)).toEqual({ a: 'active', b: 'active' })
  expect(summary(await machine.units.get(id(inB[1]!)))).toBe(summary(pattern(99, 2000)))
  for (const number of numbers(40)) expect(await machine.units.get(id(number)), `${number}`).toBeDefined()
  expect(machine.units.usage().shardCount).toBe(40)
  await machine.reopen()
  expect(summary(await machine.units.get(id(inB[1]!)))).toBe(summary(pattern(99, 2000)))
  await machine.units.close()
})

test.each(['is unplugged', 'fails'])(
  'what is deleted while the disk of its unit %s does not come back',
  async (how) => {
    const machine = await opened('a', 'b')
    const run = new Uint8Array(16).fill(2)
    await putMany(machine, 40)
    for (let number = 40; number < 80; number++) await machine.units.put(shard(number, 1000, { run: 2 }))
    if (how === 'fails') {
      machine.faults.set('b', readOnly)
      for (let number = 80; states(machine).b !== 'failed'; number++) {
        await machine.units.put(shard(number, 1000, { run: 2 }))
      }
      machine.faults.clear()
    }
    machine.unplugged.add('b')
    if (how === 'is unplugged') await machine.reopen()
    expect(states(machine)).toEqual({ a: 'active', b: 'failed' })
    await machine.units.discard(run)
    for (const number of [...machine.units.ids()]
      .map((one) => Buffer.from(one).readUInt32BE(20))
      .filter((one) => one >= 40)) {
      await machine.units.delete(id(number))
      expect(await machine.units.get(id(number)), `${number}`).toBeUndefined()
    }
    await machine.crash()
    machine.unplugged.delete('b')
    machine.clock.advance(15_000)
    await expect.poll(() => states(machine)).toEqual({ a: 'active', b: 'active' })
    expect(machine.units.usage().shardCount).toBe(40)
    expect(new Set([...machine.units.ids()].map(summary))).toEqual(
      new Set(numbers(40).map((number) => summary(id(number)))),
    )
    // With all units back there is nothing to remember.
    expect(machine.discardedRuns).toEqual([])
    await machine.units.close()
  },
)

test.each([
  ['b', 'c'],
  ['c', 'b'],
])(
  'what unit %s still holds of the deleted does not replace what unit %s, away too, has instead',
  async (stale, current) => {
    const machine = await opened('a', 'b', 'c')
    await putMany(machine, 60)
    const again = numbers(60).filter((number) => machine.diskOf(id(number)) === machine.disk(stale))
    machine.unplugged.add(stale)
    await machine.reopen()
    await machine.units.discard(new Uint8Array(16).fill(1))
    for (const number of numbers(60)) await machine.units.delete(id(number))
    for (const number of again) await machine.units.put(shard(number, 2000, { run: 2, seed: 100 + number }))
    machine.unplugged.add(current)
    await machine.crash()
    expect(states(machine)).toMatchObject({ [stale]: 'failed', [current]: 'failed' })
    machine.unplugged.clear()
    await machine.reopen()
    expect(states(machine)).toEqual({ a: 'active', b: 'active', c: 'active' })
    for (const number of again) {
      expect(summary(await machine.units.get(id(number))), `${number}`).toBe(summary(pattern(100 + number, 2000)))
    }
    expect(machine.units.usage().shardCount).toBe(again.length)
    await machine.units.close()
  },
)

test('a unit that fails while shards of a discarded run are deleted from it has them deleted when it is back', async () => {
  const machine = await opened('a', 'b')
  await putMany(machine, 40)
  await machine.units.discard(new Uint8Array(16).fill(1))
  machine.faults.set('b', readOnly)
  const outcomes = await Promise.allSettled(numbers(40).map((number) => machine.units.delete(id(number))))
  expect(outcomes.some(({ status }) => status === 'rejected')).toBe(true)
  expect(states(machine)).toEqual({ a: 'active', b: 'failed' })
  machine.faults.clear()
  await machine.crash()
  expect(machine.units.usage().shardCount).toBe(0)
  await machine.units.close()
})

test('a directory that goes while its files are open is noticed, at the first read that fails or in a while', async () => {
  for (const isRead of [true, false]) {
    const machine = await opened('a', 'b')
    await putMany(machine, 20)
    const inB = numbers(20).filter((number) => machine.diskOf(id(number)) === machine.disk('b'))
    machine.unplugged.add('b')
    if (isRead) {
      machine.faults.set('b', eio)
      await expect(machine.units.get(id(inB[0]!))).rejects.toMatchObject({ code: 'STORE_FAILED' })
    } else machine.clock.advance(10_000)
    await expect.poll(() => states(machine)).toEqual({ a: 'active', b: 'failed' })
    machine.faults.clear()
    machine.unplugged.delete('b')
    machine.clock.advance(15_000)
    await expect.poll(() => states(machine)).toEqual({ a: 'active', b: 'active' })
    for (const number of numbers(20)) expect(await machine.units.get(id(number)), `${number}`).toBeDefined()
    await machine.units.close()
  }
})

test('no unit that can be opened is an error, the first one’s', async () => {
  const machine = await opened('a', 'b')
  await machine.units.close()
  machine.unplugged.add('a').add('b')
  await expect(machine.open()).rejects.toMatchObject({ code: 'UNIT_MISSING', message: 'a is not there' })
})

test.each([
  ['fails', eio],
  ['has become read-only', readOnly],
])('a unit whose disk %s is fenced while puts go on elsewhere', async (_, fault) => {
  const machine = await opened('a', 'b')
  await putMany(machine, 20)
  machine.faults.set('b', fault)
  for (let number = 20; number < 60; number++) await machine.units.put(shard(number, 1000))
  expect(states(machine)).toEqual({ a: 'active', b: 'failed' })
  expect(machine.units.report()[1]!.health.writeErrors).toBeGreaterThan(0)
  expect(machine.log.at('error')).toContain('a unit has failed; the node goes on without it')
  expect(machine.entries.map(({ away }) => away)).toEqual([false, true])
  for (let number = 20; number < 60; number++) expect(machine.units.stat(id(number))?.unit).toBe(nameOf(machine, 'a'))
  machine.faults.clear()
  machine.clock.advance(15_000)
  await expect.poll(() => states(machine)).toEqual({ a: 'active', b: 'active' })
  for (const number of numbers(60))
    expect(summary(await machine.units.get(id(number)))).toBe(summary(pattern(number, 1000)))
  expect(machine.units.usage().shardCount).toBe(60)
  await machine.units.close()
})

test('reads that fail one after the other fence a unit; what was read is told as failed, not as missing', async () => {
  const machine = await opened('a', 'b')
  await putMany(machine, 40)
  const inB = numbers(40).filter((number) => machine.diskOf(id(number)) === machine.disk('b'))
  machine.faults.set('b', eio)
  for (const number of inB.slice(0, 8)) {
    await expect(machine.units.get(id(number))).rejects.toMatchObject({ code: 'STORE_FAILED' })
  }
  expect(states(machine)).toEqual({ a: 'active', b: 'failed' })
  expect(machine.units.report()[1]!.health.readErrors).toBe(8)
  await machine.units.close()
})

test('what was deleted while its unit had failed is not moved to another one, read at once or at the second attempt', async () => {
  const machine = await opened('a', 'b')
  await putMany(machine, 40)
  machine.faults.set('b', readOnly)
  for (let number = 40; states(machine).b !== 'failed'; number++) await machine.units.put(shard(number, 1000))
  await machine.units.discard(new Uint8Array(16).fill(1))
  for (const one of [...machine.units.ids()]) await machine.units.delete(one)
  let readsThatFail = 1
  machine.faults.set('b', async (operation, run) => {
    if (operation.kind === 'read' && readsThatFail-- > 0) return eio(operation, run)
    return readOnly(operation, run)
  })
  const { name } = machine.units.report()[1]!
  await machine.units.remove(name, { abandon: false })
  await expect.poll(() => readsThatFail).toBeLessThan(-20)
  for (const number of numbers(40)) expect(await machine.units.get(id(number)), `${number}`).toBeUndefined()
  expect(machine.units.report()[0]!.shardCount).toBe(0)
  await machine.units.close()
})

test('a unit that is removed is emptied into the others while it is read, then forgotten', async () => {
  const machine = await opened('a', 'b')
  await putMany(machine, 300)
  const b = nameOf(machine, 'b')
  await machine.units.remove(b, { abandon: false })
  await machine.units.put(shard(300, 1000))
  for (const number of numbers(301))
    expect(summary(await machine.units.get(id(number)))).toBe(summary(pattern(number, 1000)))
  await expect.poll(() => states(machine)).toEqual({ a: 'active' })
  await expect.poll(() => machine.entries.map(({ place }) => describePlace(place))).toEqual(['a'])
  expect(machine.units.usage().shardCount).toBe(301)
  await machine.crash()
  for (const number of numbers(301))
    expect(summary(await machine.units.get(id(number)))).toBe(summary(pattern(number, 1000)))
  await expect(machine.units.remove(nameOf(machine, 'a'), { abandon: false })).rejects.toMatchObject({
    code: 'UNIT_LAST',
  })
  await expect(machine.units.remove(b, { abandon: false })).rejects.toMatchObject({ code: 'UNIT_UNKNOWN' })
  await machine.units.close()
})

test('without room elsewhere a unit stays, says why, and goes on when there is room', async () => {
  const machine = await opened('a', 'b')
  await machine.units.resize(nameOf(machine, 'a'), 1 << 20)
  for (let number = 0; number < 8; number++) await machine.units.put(shard(number, 500_000))
  await machine.units.remove(nameOf(machine, 'b'), { abandon: false })
  await expect.poll(() => machine.units.report()[1]?.problem).toMatch(/^\d shards have no room on the other units$/)
  await expect(machine.units.remove(nameOf(machine, 'a'), { abandon: false })).rejects.toMatchObject({
    code: 'UNIT_LAST',
  })
  expect(states(machine)).toEqual({ a: 'active', b: 'moving' })
  await machine.units.resize(nameOf(machine, 'a'), capacity)
  machine.clock.advance(30_000)
  await expect.poll(() => states(machine)).toEqual({ a: 'active' })
  expect(machine.units.usage().shardCount).toBe(8)
  await machine.units.close()
})

test('a unit that is being emptied is kept when it is added again', async () => {
  const machine = await opened('a', 'b')
  await machine.units.resize(nameOf(machine, 'a'), 1 << 20)
  for (let number = 0; number < 8; number++) await machine.units.put(shard(number, 500_000))
  await machine.units.remove(nameOf(machine, 'b'), { abandon: false })
  await machine.units.add({ kind: 'directory', path: 'b' }, { capacityBytes: capacity })
  expect(states(machine)).toEqual({ a: 'active', b: 'active' })
  await expect(machine.units.add({ kind: 'directory', path: 'b' }, { capacityBytes: capacity })).rejects.toMatchObject({
    code: 'UNIT_EXISTS',
  })
  expect(machine.units.usage().shardCount).toBe(8)
  await machine.units.close()
})

test('what does not fit into a unit that shrinks goes to the others', async () => {
  const machine = await opened('a', 'b')
  await putMany(machine, 100, 50_000)
  const b = nameOf(machine, 'b')
  await machine.units.resize(b, 1 << 20)
  await expect.poll(() => states(machine)).toEqual({ a: 'active', b: 'active' })
  expect(machine.units.report()[1]).toMatchObject({ capacityBytes: 1 << 20 })
  expect(machine.units.report()[1]!.liveBytes).toBeLessThan(1 << 20)
  for (const number of numbers(100))
    expect(summary(await machine.units.get(id(number)))).toBe(summary(pattern(number, 50_000)))
  expect(machine.units.usage().shardCount).toBe(100)
  await machine.reopen()
  expect(machine.units.report()[1]).toMatchObject({ capacityBytes: 1 << 20, state: 'active' })
  await machine.units.close()
})

test('damaged shards do not keep a unit from being emptied', async () => {
  const machine = await opened('a', 'b')
  await putMany(machine, 30)
  const inB = numbers(30).filter((number) => machine.diskOf(id(number)) === machine.disk('b'))
  await machine.corrupt(id(inB[0]!))
  await machine.units.remove(nameOf(machine, 'b'), { abandon: false })
  await expect.poll(() => states(machine)).toEqual({ a: 'active' })
  expect(machine.units.usage().shardCount).toBe(29)
  expect(machine.log.lines.find(({ message }) => message === 'a unit has been emptied')?.fields).toMatchObject({
    damagedShards: 1,
  })
  await machine.units.close()
})

test('an abandoned unit takes what it holds with it, and brings it back', async () => {
  const machine = await opened('a', 'b')
  await putMany(machine, 30)
  const inA = machine.units.report()[0]!.shardCount
  await machine.units.remove(nameOf(machine, 'b'), { abandon: true })
  expect(machine.units.usage().shardCount).toBe(inA)
  await machine.units.add({ kind: 'directory', path: 'b' }, { capacityBytes: capacity })
  expect(machine.units.usage().shardCount).toBe(30)
  await machine.units.close()
})

test('a node has at most 32 units', async () => {
  const machine = await opened(...numbers(32).map((number) => `disk-${number}`))
  const failure: StoreError = await machine.units
    .add({ kind: 'directory', path: 'x' }, { capacityBytes: capacity })
    .then(
      () => expect.unreachable(),
      (error) => error,
    )
  expect(failure.code).toBe('UNIT_LIMIT')
  await machine.units.close()
})

async function opened(...names: string[]): Promise<UnitsMachine> {
  const machine = new UnitsMachine(names, capacity)
  await machine.open()
  return machine
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, number) => number)
}

async function putMany({ units }: UnitsMachine, count: number, size = 1000): Promise<void> {
  await Promise.all(numbers(count).map((number) => units.put(shard(number, size))))
}

function nameOf({ entries }: UnitsMachine, path: string): string {
  return entries.find(({ place }) => describePlace(place) === path)!.name!
}

function states({ units }: UnitsMachine): Record<string, string> {
  return Object.fromEntries(units.report().map(({ place, state }) => [place, state]))
}
