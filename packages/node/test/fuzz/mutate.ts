import { decodeCbor, encodeCbor } from '../../src/encoding/cbor.ts'
import type { Random } from '../../src/ports/random.ts'

const lengths = [0, 1, 7, 8, 16, 23, 24, 25, 32, 64, 255, 256, 1024, 9_000]
const hostile: readonly ((random: Random) => unknown)[] = [
  (random) => random.bytes(pick(lengths, random)),
  (random) => 'x'.repeat(pick(lengths, random)),
  (random) => pick([0, -0, -1, 1.5, 2 ** 31, 2 ** 32, 2 ** 53 - 1, -(2 ** 53) + 1, 1e300, 5e-324], random),
  (random) => pick([null, true, false, '', '__proto__', 'constructor', 'ſ\u0000\ud800', {}, []], random),
  (random) => Array.from({ length: pick(lengths, random) }, () => 0),
  (random) => nested(1 + (random.uint32() % 14)),
  (random) => Object.fromEntries([[pick(['__proto__', 'toString', 'extra', ''], random), 1]]),
]

function nested(depth: number): unknown {
  return depth === 0 ? 1 : [nested(depth - 1)]
}

function pick<T>(items: readonly T[], random: Random): T {
  return items[random.uint32() % items.length]!
}

/** A spoiled copy of CBOR: its values changed, or its bytes, or both. */
export function mutate(bytes: Uint8Array, random: Random): Uint8Array {
  const way = random.uint32() % 8
  if (way === 0) return random.bytes(random.uint32() % 200)
  const changed = way < 4 ? bytes : encodeCbor(changeValue(decodeCbor(bytes), random))
  return way < 6 ? changeBytes(changed, random) : changed
}

/** Like {@link mutate}, of bytes that need not be CBOR. */
export function changeBytes(bytes: Uint8Array, random: Random): Uint8Array {
  let changed: Uint8Array = Uint8Array.from(bytes)
  for (let change = random.uint32() % 4; change >= 0 && changed.length > 0; change -= 1) {
    const at = random.uint32() % changed.length
    const way = random.uint32() % 6
    if (way === 0) changed[at]! ^= 1 << (random.uint32() % 8)
    else if (way === 1)
      changed[at] = pick([0, 0x1b, 0x3b, 0x5b, 0x5f, 0x7b, 0x9b, 0xbb, 0xbf, 0xc0, 0xf7, 0xfb, 0xff], random)
    else if (way === 2) changed = changed.slice(0, at)
    else if (way === 3)
      changed = joined(changed.subarray(0, at), random.bytes(random.uint32() % 12), changed.subarray(at))
    else if (way === 4) changed = joined(changed, changed.subarray(at))
    else
      changed = joined(
        changed.subarray(0, at),
        changed.subarray(Math.min(changed.length, at + 1 + (random.uint32() % 8))),
      )
  }
  return changed
}

function joined(...pieces: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(pieces))
}

/** One value somewhere within becomes another, is dropped, or gets company. */
function changeValue(value: unknown, random: Random): unknown {
  const isContainer = typeof value === 'object' && value !== null && !(value instanceof Uint8Array)
  if (!isContainer || random.uint32() % 4 === 0) return pick(hostile, random)(random)
  const entries = Object.entries(value)
  const at = entries.length === 0 ? 0 : random.uint32() % entries.length
  const [key, inner] = entries[at] ?? ['extra', 0]
  const way = random.uint32() % 6
  if (way === 0) entries.splice(at, 1)
  else if (way === 1) entries.push([pick(['extra', '__proto__', key], random), pick(hostile, random)(random)])
  else entries.splice(at, 1, [key, changeValue(inner, random)])
  if (Array.isArray(value)) return entries.map(([, item]) => item)
  return Object.fromEntries(entries.filter(([name]) => name !== '__proto__'))
}
