import { crc32 } from 'node:zlib'
import { Uint8ArrayList } from 'uint8arraylist'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { maximumShardBytes, type ShardStore, type ShardWrite } from '../../src/ports/shard-store.ts'
import type { ManualClock } from '../store/manual-clock.ts'

/** A store and what can happen to it. */
export interface ShardStoreFixture {
  /** Changes with every `reopen` and `crash`. */
  readonly store: ShardStore
  readonly clock: ManualClock
  /** Closes the store and opens it again. */
  reopen(): Promise<void>
  /** Ends the store's process without a word, and opens the store again. */
  crash(): Promise<void>
  /** Damages the stored body of a shard. */
  corrupt(id: Uint8Array): Promise<void>
  /** Closes the store and removes all traces of it. */
  end(): Promise<void>
}

const day = 86_400_000
const capacityBytes = 16 << 20

/** What every implementation of ShardStore must do. */
export function shardStoreContract(
  name: string,
  open: (options: { capacityBytes: number }) => Promise<ShardStoreFixture>,
): void {
  describe(`${name} keeps the contract of a shard store`, () => {
    let fixture: ShardStoreFixture
    let put: (write: ShardWrite, options?: Parameters<ShardStore['put']>[1]) => ReturnType<ShardStore['put']>
    let get: (id: Uint8Array, range?: { offsetBytes: number; lengthBytes: number }) => Promise<Uint8Array | undefined>
    const read = async (...asked: Parameters<typeof get>) => summary(await get(...asked))

    beforeEach(async () => {
      fixture = await open({ capacityBytes })
      put = (write, options) => fixture.store.put(write, options)
      get = (id, range) => fixture.store.get(id, range)
    })
    afterEach(() => fixture.end())

    describe('put and get', () => {
      test.each([0, 1, 95, 4096, 65_535, 65_536, 65_537, 200_000, maximumShardBytes])(
        '%i bytes come back',
        async (size) => {
          const write = shard(1, size)
          await put(write)
          expect(await read(write.id)).toBe(summary(bytesOf(write)))
        },
      )

      test('a body in several pieces comes back whole', async () => {
        const body = pattern(7, 150_000)
        const pieces = new Uint8ArrayList(body.subarray(0, 1), body.subarray(1, 70_001), body.subarray(70_001))
        await put({ ...shard(1, 0), body: pieces, checksum: crc32(body) })
        expect(await read(id(1))).toBe(summary(body))
        expect(await read(id(1), { offsetBytes: 69_990, lengthBytes: 20 })).toBe(summary(body.slice(69_990, 70_010)))
      })

      test('the location tells what was stored', async () => {
        const write = shard(1, 5000, { deleteAfterMs: fixture.clock.nowMs() + day })
        const location = await put(write)
        const { checksum, deleteAfterMs } = write
        expect(location).toMatchObject({ lengthBytes: 5000, checksum, deleteAfterMs })
        expect(location.unit).not.toBe('')
        expect(fixture.store.stat(write.id)).toEqual(location)
        expect(await fixture.store.runOf(write.id)).toEqual(write.runId)
      })

      test('an unknown id is undefined everywhere', async () => {
        expect(await read(id(1))).toBe('nothing')
        expect(fixture.store.stat(id(1))).toBeUndefined()
        expect(await fixture.store.runOf(id(1))).toBeUndefined()
        expect(await fixture.store.delete(id(1))).toBe(false)
      })

      test('what is returned is the caller’s to change', async () => {
        await put(shard(1, 100))
        ;(await get(id(1)))?.fill(0)
        expect(await read(id(1))).toBe(summary(pattern(1, 100)))
      })

      test('many puts at once are all there', async () => {
        const writes = Array.from({ length: 300 }, (_, number) => shard(number, (number * 97) % 3000))
        await Promise.all(writes.map((write) => put(write)))
        for (const write of writes) expect(await read(write.id)).toBe(summary(bytesOf(write)))
        expect(new Set([...fixture.store.ids()].map(hex))).toEqual(new Set(writes.map((write) => hex(write.id))))
      })
    })

    describe('ranges', () => {
      const size = 200_000
      const ranges = [
        [0, 0],
        [0, 1],
        [0, 65_536],
        [1, 65_536],
        [65_536, 65_536],
        [65_535, 2],
        [131_071, 2],
        [size - 1, 1],
        [size, 0],
        [0, size],
        [10, size - 20],
      ] as const
      test.each(ranges)('from %i, %i bytes', async (offsetBytes, lengthBytes) => {
        await put(shard(1, size))
        const expected = pattern(1, size).slice(offsetBytes, offsetBytes + lengthBytes)
        expect(await read(id(1), { offsetBytes, lengthBytes })).toBe(summary(expected))
      })

      test('a range of a short body', async () => {
        await put(shard(1, 1000))
        expect(await read(id(1), { offsetBytes: 10, lengthBytes: 5 })).toBe(summary(pattern(1, 1000).slice(10, 15)))
      })

      test.each([
        [-1, 1],
        [0, 1001],
        [1000, 1],
        [0.5, 1],
        [0, Number.NaN],
      ])('from %f, %f bytes leaves a body of 1000', async (offsetBytes, lengthBytes) => {
        await put(shard(1, 1000))
        await expect(get(id(1), { offsetBytes, lengthBytes })).rejects.toBeInstanceOf(RangeError)
      })
    })

    describe('what is refused', () => {
      test('sizes and dates out of range', async () => {
        const body = new Uint8Array(maximumShardBytes + 1)
        await expect(put({ ...shard(1, 1), id: new Uint8Array(23) })).rejects.toBeInstanceOf(RangeError)
        await expect(put({ ...shard(1, 1), runId: new Uint8Array(17) })).rejects.toBeInstanceOf(RangeError)
        await expect(put({ ...shard(1, 1), body: new Uint8ArrayList(body) })).rejects.toBeInstanceOf(RangeError)
        await expect(put({ ...shard(1, 1), deleteAfterMs: -1 })).rejects.toBeInstanceOf(RangeError)
        await expect(get(new Uint8Array(25))).rejects.toBeInstanceOf(RangeError)
        expect(() => fixture.store.stat(new Uint8Array(0))).toThrow(RangeError)
        expect(fixture.store.usage().shardCount).toBe(0)
      })

      test('a body with another checksum', async () => {
        const write = shard(1, 100)
        await expect(put({ ...write, checksum: write.checksum ^ 1 })).rejects.toMatchObject({
          code: 'CHECKSUM_MISMATCH',
        })
        expect(await read(id(1))).toBe('nothing')
      })

      test('a shard whose deletion date has passed', async () => {
        const write = shard(1, 100, { deleteAfterMs: fixture.clock.nowMs() })
        await expect(put(write)).rejects.toMatchObject({ code: 'SHARD_EXPIRED' })
      })
    })

    describe('an id that is taken', () => {
      test('the same shard again changes nothing', async () => {
        const first = await put(shard(1, 1000))
        const usage = fixture.store.usage()
        expect(await put(shard(1, 1000))).toMatchObject(first)
        expect(fixture.store.usage()).toEqual(usage)
      })

      test('the same shard many times at once is stored once', async () => {
        const locations = await Promise.all(Array.from({ length: 10 }, () => put(shard(1, 1000))))
        for (const location of locations) expect(location).toMatchObject({ offsetBytes: locations[0]!.offsetBytes })
        expect(fixture.store.usage().shardCount).toBe(1)
      })

      test('another body or another run is a conflict', async () => {
        await put(shard(1, 1000))
        await expect(put(shard(1, 1000, { seed: 9 }))).rejects.toMatchObject({ code: 'SHARD_CONFLICT' })
        await expect(put(shard(1, 1000, { run: 9 }))).rejects.toMatchObject({ code: 'SHARD_CONFLICT' })
        expect(await read(id(1))).toBe(summary(pattern(1, 1000)))
      })

      test('replace takes the old one’s place, for good', async () => {
        await put(shard(1, 1000))
        await put(shard(1, 2000, { seed: 9, run: 9 }), { ifPresent: 'replace' })
        expect(await read(id(1))).toBe(summary(pattern(9, 2000)))
        expect(fixture.store.usage().shardCount).toBe(1)
        await fixture.crash()
        expect(await read(id(1))).toBe(summary(pattern(9, 2000)))
      })

      test('replacing by a shard that ends earlier does not bring back the old one', async () => {
        await put(shard(1, 1000))
        const deleteAfterMs = fixture.clock.nowMs() + 1000
        await put(shard(1, 1000, { seed: 9, deleteAfterMs }), { ifPresent: 'replace' })
        fixture.clock.advance(3 * day)
        await fixture.reopen()
        expect(await read(id(1))).toBe('nothing')
        await fixture.reopen()
        expect(await read(id(1))).toBe('nothing')
      })
    })

    describe('delete', () => {
      test('is for good', async () => {
        await put(shard(1, 1000))
        expect(await fixture.store.delete(id(1))).toBe(true)
        expect(await fixture.store.delete(id(1))).toBe(false)
        expect(await read(id(1))).toBe('nothing')
        await fixture.crash()
        expect(await read(id(1))).toBe('nothing')
        expect([...fixture.store.ids()]).toEqual([])
      })

      test('leaves the id free for another shard', async () => {
        await put(shard(1, 1000))
        await fixture.store.delete(id(1))
        await put(shard(1, 500, { seed: 9, run: 9 }))
        await fixture.crash()
        expect(await read(id(1))).toBe(summary(pattern(9, 500)))
      })
    })

    describe('deletion dates', () => {
      test('hold to the millisecond', async () => {
        await put(shard(1, 1000, { deleteAfterMs: fixture.clock.nowMs() + 1000 }))
        fixture.clock.advance(999)
        expect(await read(id(1))).toBe(summary(pattern(1, 1000)))
        fixture.clock.advance(1)
        expect(await read(id(1))).toBe('nothing')
        expect(fixture.store.stat(id(1))).toBeUndefined()
        expect([...fixture.store.ids()]).toEqual([])
        expect(fixture.store.usage()).toMatchObject({ shardCount: 0, liveBytes: 0 })
        expect(await fixture.store.delete(id(1))).toBe(false)
      })

      test('hold after opening again', async () => {
        await put(shard(1, 1000, { deleteAfterMs: fixture.clock.nowMs() + 1000 }))
        await put(shard(2, 1000, { deleteAfterMs: fixture.clock.nowMs() + 2000 }))
        fixture.clock.advance(1000)
        await fixture.reopen()
        expect(await read(id(1))).toBe('nothing')
        expect(await read(id(2))).toBe(summary(pattern(2, 1000)))
      })

      test('leave the id free for another shard', async () => {
        await put(shard(1, 1000, { deleteAfterMs: fixture.clock.nowMs() + 1000 }))
        fixture.clock.advance(1000)
        await put(shard(1, 500, { seed: 9 }))
        await fixture.crash()
        expect(await read(id(1))).toBe(summary(pattern(9, 500)))
      })
    })

    describe('durability', () => {
      test('what is durable survives a crash', async () => {
        const writes = [shard(1, 10), shard(2, 70_000), shard(3, 4096)]
        for (const write of writes) await put(write)
        await fixture.crash()
        for (const write of writes) expect(await read(write.id)).toBe(summary(bytesOf(write)))
        expect(fixture.store.stat(id(2))).toMatchObject({ lengthBytes: 70_000 })
        expect(await fixture.store.runOf(id(2))).toEqual(writes[1]!.runId)
      })

      test('what is in memory can be read at once', async () => {
        const write = shard(1, 70_000)
        const location = await put(write, { durability: 'memory' })
        expect(fixture.store.stat(id(1))).toEqual(location)
        expect(await fixture.store.runOf(id(1))).toEqual(write.runId)
        expect(await read(id(1), { offsetBytes: 5, lengthBytes: 10 })).toBe(summary(pattern(1, 70_000).slice(5, 15)))
        expect([...fixture.store.ids()]).toEqual([id(1)])
        expect(fixture.store.usage().shardCount).toBe(1)
      })

      test('what was put in memory first is there or not there after a crash, never anything else', async () => {
        await put(shard(1, 3000), { durability: 'memory' })
        await fixture.crash()
        expect(['nothing', summary(pattern(1, 3000))]).toContain(await read(id(1)))
      })

      test('the body of a put in memory may change once the put has settled', async () => {
        const body = pattern(1, 1000)
        await put({ ...shard(1, 0), body: new Uint8ArrayList(body), checksum: crc32(body) }, { durability: 'memory' })
        body.fill(0)
        await fixture.reopen()
        expect(await read(id(1))).toBe(summary(pattern(1, 1000)))
      })

      test('closing makes everything durable', async () => {
        for (let number = 0; number < 20; number++) await put(shard(number, 1000), { durability: 'memory' })
        await fixture.reopen()
        for (let number = 0; number < 20; number++) expect(await read(id(number))).toBe(summary(pattern(number, 1000)))
      })

      test('a durable put of what is in memory makes it durable', async () => {
        await put(shard(1, 1000), { durability: 'memory' })
        await put(shard(1, 1000))
        await fixture.crash()
        expect(await read(id(1))).toBe(summary(pattern(1, 1000)))
      })
    })

    describe('damage', () => {
      test('is never served', async () => {
        await put(shard(1, 1000))
        await put(shard(2, 200_000))
        await fixture.corrupt(id(1))
        await fixture.corrupt(id(2))
        await expect(get(id(1))).rejects.toMatchObject({ code: 'SHARD_CORRUPT' })
        await expect(get(id(2))).rejects.toMatchObject({ code: 'SHARD_CORRUPT' })
      })

      test('can be put right by the same shard, or by another', async () => {
        for (const number of [1, 2]) {
          await put(shard(number, 1000))
          await fixture.corrupt(id(number))
        }
        await put(shard(1, 1000))
        await put(shard(2, 1000, { seed: 9 }))
        expect(await read(id(1))).toBe(summary(pattern(1, 1000)))
        expect(await read(id(2))).toBe(summary(pattern(9, 1000)))
      })
    })

    describe('space', () => {
      test('is counted', async () => {
        const empty = fixture.store.usage()
        expect(empty).toMatchObject({ capacityBytes, liveBytes: 0, shardCount: 0 })
        for (let number = 0; number < 10; number++) await put(shard(number, 10_000))
        const full = fixture.store.usage()
        expect(full.shardCount).toBe(10)
        expect(full.liveBytes).toBeGreaterThanOrEqual(100_000)
        expect(full.liveBytes).toBeLessThan(110_000)
        expect(full.freeBytes).toBeLessThanOrEqual(empty.freeBytes - 100_000)
        for (let number = 0; number < 10; number++) await fixture.store.delete(id(number))
        expect(fixture.store.usage()).toMatchObject({ liveBytes: 0, shardCount: 0 })
      })

      test('that runs out refuses puts, keeps what is there and comes back by deleting', async () => {
        let stored = 0
        const full = await fillUp(() => put(shard(stored++, 500_000)))
        expect(full).toMatchObject({ code: 'STORE_FULL', retryable: true })
        stored--
        expect(stored).toBeGreaterThan(24)
        for (let number = 0; number < stored; number++)
          expect(await read(id(number))).toBe(summary(pattern(number, 500_000)))
        for (let number = 0; number < stored; number++) await fixture.store.delete(id(number))
        await fixture.reopen()
        await put(shard(1, 500_000))
        expect(await read(id(1))).toBe(summary(pattern(1, 500_000)))
      })
    })

    describe('a closed store', () => {
      test('refuses everything, and may be closed again', async () => {
        await put(shard(1, 10))
        const { store } = fixture
        await store.close()
        await store.close()
        await expect(store.put(shard(2, 10))).rejects.toMatchObject({ code: 'STORE_CLOSED' })
        await expect(store.get(id(1))).rejects.toMatchObject({ code: 'STORE_CLOSED' })
        await expect(store.delete(id(1))).rejects.toMatchObject({ code: 'STORE_CLOSED' })
        expect(() => store.stat(id(1))).toThrow(expect.objectContaining({ code: 'STORE_CLOSED' }))
        expect(() => store.ids()).toThrow(expect.objectContaining({ code: 'STORE_CLOSED' }))
      })
    })
  })
}

async function fillUp(putOne: () => Promise<unknown>): Promise<unknown> {
  for (;;) {
    try {
      await putOne()
    } catch (error) {
      return error
    }
  }
}

/** A shard whose id, run and bytes follow from numbers. */
export function shard(
  number: number,
  size: number,
  options: { seed?: number; run?: number; deleteAfterMs?: number } = {},
): ShardWrite {
  const body = pattern(options.seed ?? number, size)
  return {
    id: id(number),
    runId: new Uint8Array(16).fill(options.run ?? 1),
    body: new Uint8ArrayList(body),
    checksum: crc32(body),
    deleteAfterMs: options.deleteAfterMs ?? 0,
  }
}

export function id(number: number): Uint8Array {
  const bytes = new Uint8Array(24)
  new DataView(bytes.buffer).setUint32(20, number)
  return bytes
}

/** Bytes that differ everywhere and repeat nowhere near. */
export function pattern(seed: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size)
  let state = (seed + 1) * 0x9e3779b1
  for (let index = 0; index < size; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    bytes[index] = state >>> 24
  }
  return bytes
}

function bytesOf(write: ShardWrite): Uint8Array {
  return write.body.slice()
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

/** Bytes in a form that is quick to compare and short to print. */
export function summary(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? 'nothing' : `${bytes.length} bytes, CRC-32 ${crc32(bytes)}`
}
