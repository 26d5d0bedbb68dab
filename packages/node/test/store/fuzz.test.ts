/**
 * Files that somebody made to hurt: whole segments, footers and records with anything in them changed, checksums put right
 * again so that the change is believed. Opening them must end, without an error of the program and in bounded memory.
 */
import { crc32 } from 'node:zlib'
import { afterEach, expect, test, vi } from 'vitest'
import { decodeEntries, decodeTrailer } from '../../src/store/segment/footer.ts'
import { recordHeaderBytes, trailerBytes } from '../../src/store/segment/layout.ts'
import { openSegmentStore } from '../../src/store/segment/open.ts'
import { decodeRecordHeader } from '../../src/store/segment/record.ts'
import { id, shard } from '../contract/shard-store.ts'
import { CollectedLog } from './collected-log.ts'
import { ManualClock } from './manual-clock.ts'
import { Seeded } from './seeded.ts'
import { seedsOf, tellProgress } from './seeds.ts'
import { SimulatedDisk } from './simulated-disk.ts'

/** How many files: P2PSTORE_FUZZ_FILES=100000 for a long run. */
const seeds = seedsOf('P2PSTORE_FUZZ_FILES', 400)
/** A footer of the most records there can be, and a little: more is never asked for at once. */
const largestAllocationBytes = 65_536 * recordHeaderBytes + (1 << 20)
const shardCount = 12
const segment = '00000001.segment'

afterEach(() => {
  vi.restoreAllMocks()
})

function open(disk: SimulatedDisk) {
  const options = { directory: 'simulated', capacityBytes: 1 << 30, clock: new ManualClock(), random: new Seeded(1) }
  return openSegmentStore({ ...options, logger: new CollectedLog(), disk })
}

async function unit(): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk()
  const store = await open(disk)
  for (let number = 0; number < shardCount; number++) await store.put(shard(number, number === 3 ? 70_000 : 500))
  await store.delete(id(5))
  await store.close()
  return disk
}

test(`${seeds.length} hostile segments are opened without harm`, async () => {
  const whole = await unit()
  const original = Buffer.from(whole.bytesOf(segment))
  const allocations = [vi.spyOn(Buffer, 'alloc'), vi.spyOn(Buffer, 'allocUnsafe'), vi.spyOn(Buffer, 'allocUnsafeSlow')]
  for (const seed of seeds) {
    const random = new Seeded(seed)
    const disk = new SimulatedDisk()
    disk.plant('unit.json', whole.bytesOf('unit.json'))
    disk.plant(segment, hostile(original, random))
    const store = await open(disk)
    for (let number = 0; number < shardCount; number++) {
      const code = await store.get(id(number)).then(
        () => 'read',
        (error) => error.code,
      )
      if (code !== 'read' && code !== 'SHARD_CORRUPT') throw new Error(`seed ${seed}, shard ${number}: ${code}`)
    }
    const unknown = [...store.ids()].filter((found) => store.stat(found) === undefined)
    expect(unknown, `seed ${seed}`).toEqual([])
    await store.close()
    const largest = Math.max(...allocations.flatMap(({ mock }) => mock.calls.map(([bytes]) => bytes)))
    expect(largest, `seed ${seed}`).toBeLessThan(largestAllocationBytes)
    for (const allocation of allocations) allocation.mockClear()
    tellProgress('hostile segments', seeds, seed, { largest })
  }
}, 14_400_000)

test('headers and trailers of arbitrary bytes are nothing', () => {
  const unitTag = new Uint8Array(8).fill(7)
  for (const seed of seeds) {
    const bytes = Buffer.from(new Seeded(seed).bytes(recordHeaderBytes + trailerBytes))
    expect(decodeRecordHeader(bytes, unitTag, 1, 4096)).toBeUndefined()
    expect(decodeTrailer(bytes, 1 << 20, unitTag, 1)).toBeUndefined()
    const trailer = {
      segment: 1,
      day: 0,
      recordCount: 1,
      footerOffsetBytes: 4096,
      checksum: crc32(bytes.subarray(0, 96)),
    }
    expect(decodeEntries(bytes.subarray(0, 96), trailer, unitTag)).toBeUndefined()
  }
})

/** A copy with some fields of some records, of the footer or of the trailer changed, and believable again. */
function hostile(original: Buffer, random: Seeded): Buffer {
  const bytes = Buffer.from(original)
  const trailer = bytes.length - trailerBytes
  const footer = bytes.readUInt32LE(trailer + 32)
  const places = [trailer, ...headersOf(bytes)]
  for (let change = 1 + random.below(4); change > 0; change--) {
    const place = random.pick(places)
    const at = place + random.below(place === trailer ? 60 : 92)
    if (random.chance(0.5)) bytes[at] = random.uint32()
    else
      bytes.writeUInt32LE(
        random.pick([0, 1, 0x7fffffff, 0xffffffff, random.uint32()]),
        Math.min(at & ~3, bytes.length - 4),
      )
    if (random.chance(0.8) && place !== trailer)
      bytes.writeUInt32LE(crc32(bytes.subarray(place, place + 92)), place + 92)
  }
  const entriesEnd = footer + bytes.readUInt32LE(trailer + 28) * recordHeaderBytes
  bytes.writeUInt32LE(crc32(bytes.subarray(footer, Math.min(entriesEnd, trailer))), trailer + 36)
  bytes.writeUInt32LE(crc32(bytes.subarray(trailer, trailer + 60)), trailer + 60)
  return random.chance(0.3) ? bytes.subarray(0, 1 + random.below(bytes.length)) : bytes
}

/** Where headers stand: in front of bodies, and in the footer. */
function headersOf(bytes: Buffer): number[] {
  const magic = Buffer.from('P2SR')
  const places: number[] = []
  for (let at = bytes.indexOf(magic); at >= 0; at = bytes.indexOf(magic, at + 1)) places.push(at)
  return places
}
