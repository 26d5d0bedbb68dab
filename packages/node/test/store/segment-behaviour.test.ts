import { Uint8ArrayList } from 'uint8arraylist'
import { describe, expect, test } from 'vitest'
import { openSegmentStore, type SegmentStoreOptions } from '../../src/store/segment/open.ts'
import { id, pattern, shard, summary } from '../contract/shard-store.ts'
import { CollectedLog } from './collected-log.ts'
import { type Intercept, interceptedDisk, type Operation } from './intercepted-disk.ts'
import { ManualClock } from './manual-clock.ts'
import { Seeded } from './seeded.ts'
import { segmentFixture } from './segment-fixture.ts'
import { SimulatedDisk } from './simulated-disk.ts'

const day = 86_400_000
const sizes = { capacityBytes: 64 << 20, segmentBytes: 1 << 18, groupBytes: 1 << 18 }

describe('group commit', () => {
  test('makes many puts durable with few syncs, and starts each group on a block', async () => {
    const operations: Operation[] = []
    const fixture = await segmentFixture(interceptedDisk(new SimulatedDisk(), recordInto(operations)), sizes)
    await fixture.store.put(shard(0, 10))
    operations.length = 0
    await Promise.all(Array.from({ length: 64 }, (_, number) => fixture.store.put(shard(number + 1, 1000))))
    expect(operations.filter(({ kind }) => kind === 'sync').length).toBeLessThanOrEqual(2)
    for (const { kind, offsetBytes } of operations) if (kind === 'write') expect(offsetBytes % 4096).toBe(0)
    await fixture.end()
  })

  test('bodies reach the disk in the pieces they came in', async () => {
    const written: Uint8Array[] = []
    const disk = new SimulatedDisk()
    const create = disk.create.bind(disk)
    disk.create = async (name) => {
      const file = await create(name)
      const write = file.write.bind(file)
      file.write = (pieces, offset) => {
        written.push(...pieces)
        return write(pieces, offset)
      }
      return file
    }
    const fixture = await segmentFixture(disk, sizes)
    const pieces = [pattern(1, 1000), pattern(2, 70_000)]
    const whole = shard(1, 0)
    const body = new Uint8ArrayList(...pieces)
    await fixture.store.put({ ...whole, body, checksum: checksumOf(body) })
    expect(written).toContain(pieces[0])
    expect(written).toContain(pieces[1])
    await fixture.end()
  })

  test('what gathers in memory is bounded; the rest waits', async () => {
    const gate = gatedSync()
    const fixture = await segmentFixture(interceptedDisk(new SimulatedDisk(), gate.intercept), sizes)
    gate.close()
    let accepted = 0
    const puts = Array.from({ length: 40 }, (_, number) =>
      fixture.store.put(shard(number, 60_000), { durability: 'memory' }).then(() => accepted++),
    )
    await turns()
    // One group is being written, and another one has gathered: four shards each.
    expect(accepted).toBeLessThanOrEqual(9)
    expect(accepted).toBeGreaterThan(0)
    gate.open()
    await Promise.all(puts)
    expect(fixture.store.usage().shardCount).toBe(40)
    await fixture.end()
  })

  test('a get takes one positioned read, and a range of a long body two at the most', async () => {
    const operations: Operation[] = []
    const fixture = await segmentFixture(interceptedDisk(new SimulatedDisk(), recordInto(operations)), sizes)
    for (const [number, size] of [100, 65_536, 500_000].entries()) await fixture.store.put(shard(number, size))
    const reads = async (...asked: Parameters<typeof fixture.store.get>) => {
      operations.length = 0
      await fixture.store.get(...asked)
      return operations.filter(({ kind }) => kind === 'read').length
    }
    for (const number of [0, 1, 2]) expect(await reads(id(number))).toBe(1)
    expect(await reads(id(1), { offsetBytes: 60_000, lengthBytes: 10 })).toBe(1)
    expect(await reads(id(2), { offsetBytes: 60_000, lengthBytes: 10_000 })).toBe(1)
    expect(await reads(id(2), { offsetBytes: 300_000, lengthBytes: 10_000 })).toBe(2)
    await fixture.end()
  })
})

describe('segments', () => {
  test('are sealed when full, and opened by their footer without reading a body', async () => {
    const operations: Operation[] = []
    const disk = new SimulatedDisk()
    const fixture = await segmentFixture(interceptedDisk(disk, recordInto(operations)), sizes)
    for (let number = 0; number < 100; number++) await fixture.store.put(shard(number, 10_000))
    await fixture.store.close()
    operations.length = 0
    await fixture.reopen()
    const segmentCount = (await disk.list()).filter((name) => name.endsWith('.segment')).length
    expect(segmentCount).toBeGreaterThanOrEqual(4)
    expect(operations.filter(({ kind }) => kind === 'read').length).toBeLessThanOrEqual(2 * segmentCount + 1)
    for (let number = 0; number < 100; number++) {
      expect(summary(await fixture.store.get(id(number)))).toBe(summary(pattern(number, 10_000)))
    }
    await fixture.end()
  })

  test('of a deletion day go by unlinking, when the day comes', async () => {
    const disk = new SimulatedDisk()
    const fixture = await segmentFixture(disk, sizes)
    const deleteAfterMs = fixture.clock.nowMs() + day
    for (let number = 0; number < 100; number++) await fixture.store.put(shard(number, 10_000, { deleteAfterMs }))
    await fixture.store.put(shard(200, 10))
    const before = disk.usedBytes()
    fixture.clock.advance(2 * day)
    await turns()
    expect(disk.usedBytes()).toBeLessThan(before - 1_000_000)
    expect(fixture.store.usage()).toMatchObject({ shardCount: 1 })
    expect(fixture.store.usage().deadBytes).toBeLessThan(20_000)
    await fixture.end()
  })

  test('never share a number, even when the last one is gone', async () => {
    const fixture = await segmentFixture(new SimulatedDisk(), sizes)
    const { segment } = await fixture.store.put(shard(1, 10, { deleteAfterMs: fixture.clock.nowMs() + 1000 }))
    fixture.clock.advance(2 * day)
    await fixture.reopen()
    await turns()
    await fixture.reopen()
    expect((await fixture.store.put(shard(2, 10))).segment).toBeGreaterThan(segment)
    await fixture.end()
  })

  test('of few open days are sealed for others: any number of days can be in use', async () => {
    const fixture = await segmentFixture(new SimulatedDisk(), sizes)
    const writes = Array.from({ length: 60 }, (_, number) =>
      shard(number, 100, { deleteAfterMs: fixture.clock.nowMs() + number * day + 1 }),
    )
    for (const write of writes) await fixture.store.put(write)
    await fixture.crash()
    expect(fixture.store.usage().shardCount).toBe(60)
    fixture.clock.advance(30 * day)
    await turns()
    expect(fixture.store.usage().shardCount).toBe(30)
    await fixture.end()
  })
})

test('any number of deletion days at once keeps few files open', async () => {
  const open = new Set<string>()
  let most = 0
  const fixture = await segmentFixture(
    interceptedDisk(new SimulatedDisk(), (operation, run) => {
      if (operation.kind === 'create') open.add(operation.name)
      if (operation.kind === 'close') open.delete(operation.name)
      most = Math.max(most, open.size)
      return run()
    }),
    sizes,
  )
  const lastMs = (number: number) => fixture.clock.nowMs() + number * day + 1
  await Promise.all(
    Array.from({ length: 300 }, (_, number) => fixture.store.put(shard(number, 10, { deleteAfterMs: lastMs(number) }))),
  )
  expect(most).toBeLessThanOrEqual(16)
  expect(fixture.store.usage().shardCount).toBe(300)
  await fixture.end()
})

describe('a failing disk', () => {
  test('a failed sync refuses its puts, gives the segment up, and the next one serves', async () => {
    let fails = false
    const operations: Operation[] = []
    const fixture = await segmentFixture(
      interceptedDisk(new SimulatedDisk(), async (operation, run) => {
        operations.push(operation)
        if (fails && operation.kind === 'sync') throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' })
        return run()
      }),
      sizes,
    )
    const { segment } = await fixture.store.put(shard(1, 100))
    fails = true
    await expect(fixture.store.put(shard(2, 100))).rejects.toMatchObject({ code: 'STORE_FAILED', retryable: true })
    await expect(fixture.store.put(shard(3, 100))).rejects.toMatchObject({ code: 'STORE_FAILED' })
    fails = false
    operations.length = 0
    fixture.clock.advance(1000)
    expect((await fixture.store.put(shard(2, 100))).segment).toBeGreaterThan(segment)
    expect(operations.some(({ kind, name }) => kind === 'write' && name.startsWith('00000001'))).toBe(false)
    for (const number of [1, 2]) expect(await fixture.store.get(id(number))).toEqual(pattern(number, 100))
    expect(await fixture.store.get(id(3))).toBeUndefined()
    expect(fixture.log.at('error')).toContain('a segment is given up: its disk failed')
    await fixture.end()
  })

  test('a full disk is STORE_FULL, and serves again when there is room', async () => {
    const disk = new SimulatedDisk()
    const fixture = await segmentFixture(disk, sizes)
    await fixture.store.put(shard(1, 1000))
    disk.freeLimitBytes = disk.usedBytes() + 100_000
    await expect(fixture.store.put(shard(2, 200_000))).rejects.toMatchObject({ code: 'STORE_FULL' })
    await expect(fixture.store.put(shard(3, 10))).rejects.toMatchObject({ code: 'STORE_FULL' })
    expect(await fixture.store.get(id(1))).toEqual(pattern(1, 1000))
    disk.freeLimitBytes = 1 << 30
    fixture.clock.advance(1000)
    await expect(fixture.store.put(shard(3, 10))).rejects.toMatchObject({ code: 'STORE_FULL' })
    await turns()
    await fixture.store.put(shard(3, 10))
    expect(fixture.store.usage().shardCount).toBe(2)
    await fixture.end()
  })

  test('a read that fails is STORE_FAILED', async () => {
    let fails = false
    const fixture = await segmentFixture(
      interceptedDisk(new SimulatedDisk(), async (operation, run) => {
        if (fails && operation.kind === 'read') throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' })
        return run()
      }),
      sizes,
    )
    await fixture.store.put(shard(1, 100))
    fails = true
    await expect(fixture.store.get(id(1))).rejects.toMatchObject({ code: 'STORE_FAILED' })
    fails = false
    expect(await fixture.store.get(id(1))).toEqual(pattern(1, 100))
    await fixture.end()
  })
})

describe('a unit', () => {
  const open = (disk: SimulatedDisk, more: Partial<SegmentStoreOptions> = {}) =>
    openSegmentStore({
      directory: '/srv/unit',
      capacityBytes: 1 << 20,
      clock: new ManualClock(),
      random: new Seeded(1),
      logger: new CollectedLog(),
      disk,
      ...more,
    })

  test('keeps its name', async () => {
    const disk = new SimulatedDisk()
    const store = await open(disk, { unit: 'east' })
    expect((await store.put(shard(1, 1))).unit).toBe('east')
    await store.close()
    const again = await open(disk)
    expect((await again.put(shard(2, 1))).unit).toBe('east')
    await again.close()
    await expect(open(disk, { unit: 'west' })).rejects.toMatchObject({ code: 'UNIT_FOREIGN' })
  })

  test('is used by one store at a time', async () => {
    const disk = new SimulatedDisk()
    const store = await open(disk)
    await expect(open(disk)).rejects.toMatchObject({ code: 'DIRECTORY_IN_USE' })
    await store.close()
    await (await open(disk)).close()
  })

  test('whose identity is damaged or gone is not touched', async () => {
    const disk = new SimulatedDisk()
    const store = await open(disk)
    await store.put(shard(1, 1))
    await store.close()
    disk.plant('unit.json', Buffer.from('{"format":"p2pstore unit"'))
    await expect(open(disk)).rejects.toMatchObject({ code: 'UNIT_DAMAGED' })
    await disk.unlink('unit.json')
    await expect(open(disk)).rejects.toMatchObject({ code: 'UNIT_FOREIGN' })
    expect(await disk.list()).toHaveLength(1)
  })

  test.each([
    ['capacityBytes', { capacityBytes: 1000 }],
    ['segmentBytes', { segmentBytes: 2 ** 32 }],
    ['groupBytes', { groupBytes: 0.5 }],
    ['unit', { unit: '' }],
  ])('is not opened with a wrong %s', async (_, wrong) => {
    await expect(open(new SimulatedDisk(), wrong)).rejects.toBeInstanceOf(RangeError)
  })

  test('can be made larger and smaller while it is used', async () => {
    const store = await open(new SimulatedDisk())
    const filled = async () => {
      let stored = 0
      for (; ; stored++) {
        const number = store.usage().shardCount
        const refused = await store.put(shard(number, 100_000)).catch((error) => error.code)
        if (refused === 'STORE_FULL') return stored
      }
    }
    const first = await filled()
    expect(store.usage().reservedBytes).toBeGreaterThan(60_000)
    store.resize(3 << 20)
    expect(await filled()).toBeGreaterThan(2 * first)
    store.resize(1 << 20)
    expect(store.usage()).toMatchObject({ capacityBytes: 1 << 20, freeBytes: 0, reservedBytes: 0 })
    await expect(store.put(shard(999, 10))).rejects.toMatchObject({ code: 'STORE_FULL' })
    expect(await store.delete(id(0))).toBe(true)
    await store.close()
  })

  test('leaves files alone that are not its own', async () => {
    const disk = new SimulatedDisk()
    const other = new SimulatedDisk()
    const foreign = await open(other, { random: new Seeded(2) })
    await foreign.put(shard(9, 100))
    await foreign.close()
    const strangers = {
      'notes.txt': Buffer.from('mine'),
      'x.segment': Buffer.alloc(10),
      '00000005.segment': other.bytesOf('00000001.segment'),
      '00000006.segment': Buffer.alloc(9000),
    }
    const store = await open(disk)
    await store.close()
    for (const [name, bytes] of Object.entries(strangers)) disk.plant(name, bytes)
    const again = await open(disk)
    expect((await again.put(shard(1, 10))).segment).toBe(7)
    expect([...again.ids()]).toEqual([id(1)])
    await again.close()
    for (const [name, bytes] of Object.entries(strangers)) expect(disk.bytesOf(name).equals(bytes)).toBe(true)
  })
})

function recordInto(operations: Operation[]): Intercept {
  return (operation, run) => {
    operations.push(operation)
    return run()
  }
}

/** Holds back syncs while it is closed. */
function gatedSync() {
  let opened = Promise.resolve()
  let open = () => {}
  const intercept: Intercept = async (operation, run) => {
    if (operation.kind === 'sync') await opened
    return run()
  }
  const close = () => {
    opened = new Promise((resolve) => {
      open = resolve
    })
  }
  return { intercept, close, open: () => open() }
}

/** Lets everything that waits for nothing but itself happen. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 12; turn++) await new Promise((resolve) => setImmediate(resolve))
}

function checksumOf(body: Uint8ArrayList): number {
  return Number(summary(body.slice()).split(' ').at(-1))
}
