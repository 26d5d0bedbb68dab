/**
 * The fixed kernels of the codec. They work in an imported memory, on addresses and tables that the caller puts there.
 *
 * multiplyBytes: a product with a constant is linear, so it is the product of the low nibble plus that of the high nibble: two
 * 16-entry tables, which a vector looks up sixteen bytes at a time with one swizzle each. The tables of one or two sources and
 * two or four targets stay in registers while a stretch of the shards, short enough for the first-level cache, passes by.
 * (Plank, Greenan, Miller: Screaming Fast Galois Field Arithmetic Using Intel SIMD Instructions, 2013.)
 *
 * addPlanes: sums of whole vectors by a list of addresses, for bit-sliced shards until a program is compiled for their matrix.
 *
 * differ: tells whether shards hold what one of these, or a program, has made of the others.
 */

/** What of each shard is worked on at a time. */
const stretchBytes: u32 = 4096
/** Two tables of sixteen products. */
const tableBytes: usize = 32

// @ts-ignore: a decorator on a function is AssemblyScript's
@inline
function lookUp(table: v128, nibbles: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? i8x16.relaxed_swizzle(table, nibbles) : i8x16.swizzle(table, nibbles)
}

// @ts-ignore: a decorator on a function is AssemblyScript's
@inline
function product(low: v128, high: v128, lowNibbles: v128, highNibbles: v128): v128 {
  return v128.xor(lookUp(low, lowNibbles), lookUp(high, highNibbles))
}

// @ts-ignore: a decorator on a function is AssemblyScript's
@inline
function oneByOne(from: u32, to: u32, tables: usize, source: usize, target: usize, add: bool): void {
  const mask = i8x16.splat(15)
  const low = v128.load(tables)
  const high = v128.load(tables, 16)
  for (let at = from; at < to; at += 16) {
    const bytes = v128.load(source + at)
    let sum = product(low, high, v128.and(bytes, mask), i8x16.shr_u(bytes, 4))
    if (add) sum = v128.xor(sum, v128.load(target + at))
    v128.store(target + at, sum)
  }
}

// @ts-ignore: a decorator on a function is AssemblyScript's
@inline
function oneByTwo(from: u32, to: u32, tables: usize, source: usize, target0: usize, target1: usize, add: bool): void {
  const mask = i8x16.splat(15)
  const low0 = v128.load(tables)
  const high0 = v128.load(tables, 16)
  const low1 = v128.load(tables, 32)
  const high1 = v128.load(tables, 48)
  for (let at = from; at < to; at += 16) {
    const bytes = v128.load(source + at)
    const low = v128.and(bytes, mask)
    const high = i8x16.shr_u(bytes, 4)
    let sum0 = product(low0, high0, low, high)
    let sum1 = product(low1, high1, low, high)
    if (add) {
      sum0 = v128.xor(sum0, v128.load(target0 + at))
      sum1 = v128.xor(sum1, v128.load(target1 + at))
    }
    v128.store(target0 + at, sum0)
    v128.store(target1 + at, sum1)
  }
}

// @ts-ignore: a decorator on a function is AssemblyScript's
@inline
function twoByTwo(
  from: u32, to: u32, tables: usize, nextTables: usize, source0: usize, source1: usize, target0: usize, target1: usize,
  add: bool,
): void {
  const mask = i8x16.splat(15)
  const low00 = v128.load(tables)
  const high00 = v128.load(tables, 16)
  const low01 = v128.load(tables, 32)
  const high01 = v128.load(tables, 48)
  const low10 = v128.load(nextTables)
  const high10 = v128.load(nextTables, 16)
  const low11 = v128.load(nextTables, 32)
  const high11 = v128.load(nextTables, 48)
  for (let at = from; at < to; at += 16) {
    const bytes0 = v128.load(source0 + at)
    const bytes1 = v128.load(source1 + at)
    const low0 = v128.and(bytes0, mask)
    const high0 = i8x16.shr_u(bytes0, 4)
    const low1 = v128.and(bytes1, mask)
    const high1 = i8x16.shr_u(bytes1, 4)
    let sum0 = v128.xor(product(low00, high00, low0, high0), product(low10, high10, low1, high1))
    let sum1 = v128.xor(product(low01, high01, low0, high0), product(low11, high11, low1, high1))
    if (add) {
      sum0 = v128.xor(sum0, v128.load(target0 + at))
      sum1 = v128.xor(sum1, v128.load(target1 + at))
    }
    v128.store(target0 + at, sum0)
    v128.store(target1 + at, sum1)
  }
}

/**
 * target_i = (target_i +) Σ_j c[i][j] · source_j over lengthBytes, a multiple of 16; at least one source.
 * tables: 32 bytes per (source, target), source by source; sources, targets: lists of addresses, four bytes each.
 */
export function multiplyBytes(
  lengthBytes: u32, sourceCount: u32, targetCount: u32, tables: usize, sources: usize, targets: usize,
  accumulate: bool,
): void {
  const sourceTablesBytes = tableBytes * targetCount
  for (let from: u32 = 0; from < lengthBytes; from += stretchBytes) {
    const to = min(from + stretchBytes, lengthBytes)
    let target: u32 = 0
    for (; target + 2 <= targetCount; target += 2) {
      const target0 = load<u32>(targets + 4 * target)
      const target1 = load<u32>(targets + 4 * target, 4)
      let source: u32 = sourceCount & 1
      if (source) oneByTwo(from, to, tables + tableBytes * target, load<u32>(sources), target0, target1, accumulate)
      for (; source < sourceCount; source += 2) {
        const own = tables + sourceTablesBytes * source + tableBytes * target
        const source0 = load<u32>(sources + 4 * source)
        const source1 = load<u32>(sources + 4 * source, 4)
        if (source) twoByTwo(from, to, own, own + sourceTablesBytes, source0, source1, target0, target1, true)
        else twoByTwo(from, to, own, own + sourceTablesBytes, source0, source1, target0, target1, accumulate)
      }
    }
    if (target < targetCount) {
      const last = load<u32>(targets + 4 * target)
      oneByOne(from, to, tables + tableBytes * target, load<u32>(sources), last, accumulate)
      for (let source: u32 = 1; source < sourceCount; source++) {
        const own = tables + sourceTablesBytes * source + tableBytes * target
        oneByOne(from, to, own, load<u32>(sources + 4 * source), last, true)
      }
    }
  }
}

/**
 * For every block of blockBytes from base: walks the schedule, a list of entries [target offset, size of the entry in bytes,
 * source offsets …], four bytes each, and puts the sum of the 16-byte vectors at the sources into the target. Offsets of
 * sources count from base, those of targets from targetBase.
 */
export function addPlanes(
  base: usize, targetBase: usize, lengthBytes: u32, blockBytes: u32, schedule: usize, scheduleEnd: usize,
): void {
  for (let from: u32 = 0; from < lengthBytes; from += blockBytes) {
    const block = base + from
    let entry = schedule
    while (entry < scheduleEnd) {
      const target = targetBase + from + load<u32>(entry)
      const next = entry + load<u32>(entry, 4)
      let sum = i8x16.splat(0)
      for (entry += 8; entry < next; entry += 4) sum = v128.xor(sum, v128.load(block + load<u32>(entry)))
      v128.store(target, sum)
    }
  }
}

/** Whether the bytes at two places differ anywhere. */
export function differ(one: usize, other: usize, lengthBytes: u32): bool {
  const wholeBytes = lengthBytes & ~15
  let bits = i8x16.splat(0)
  for (let at: u32 = 0; at < wholeBytes; at += 16) {
    bits = v128.or(bits, v128.xor(v128.load(one + at), v128.load(other + at)))
  }
  for (let at = wholeBytes; at < lengthBytes; at++) {
    if (load<u8>(one + at) != load<u8>(other + at)) return true
  }
  return v128.any_true(bits)
}
