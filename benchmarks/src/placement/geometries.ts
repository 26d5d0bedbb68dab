import { createGeometry, type StripeGeometry } from '@p2pstore/placement'

export function reedSolomon(dataShards: number, parityShards: number): StripeGeometry {
  const shardCount = dataShards + parityShards
  const members = Array.from({ length: shardCount }, (_, shard) => shard)
  return createGeometry({ shardCount, tolerance: parityShards, groups: [{ members, losses: parityShards }] })
}

/** One parity along every line. @param sides members of a line, by dimension */
export function grid(...sides: number[]): StripeGeometry {
  let cells: number[][] = [[]]
  for (const side of sides) cells = cells.flatMap((cell) => Array.from({ length: side }, (_, x) => [...cell, x]))
  const lines = new Map<string, number[]>()
  cells.forEach((cell, shard) => {
    sides.forEach((_, dimension) => {
      const line = `${dimension}: ${cell.with(dimension, 0)}`
      lines.set(line, [...(lines.get(line) ?? []), shard])
    })
  })
  const groups = [...lines.values()].map((members) => ({ members, losses: 1 }))
  return createGeometry({ shardCount: cells.length, tolerance: 2 ** sides.length - 1, groups, cells })
}
