import { createGeometry, type ParityGroup, type StripeGeometry } from '../src/geometry.ts'

export interface Side {
  readonly data: number
  readonly parity: number
}

export function reedSolomon(dataShards: number, parityShards: number): StripeGeometry {
  const shardCount = dataShards + parityShards
  const members = Array.from({ length: shardCount }, (_, shard) => shard)
  const groups = parityShards > 0 ? [{ members, losses: parityShards }] : []
  return createGeometry({ shardCount, tolerance: parityShards, groups })
}

/** `lines` leaves out parity of parity; only complete lines are groups. */
export function grid(sides: readonly Side[], kind: 'grid' | 'lines' = 'grid'): StripeGeometry {
  let cells: number[][] = [[]]
  for (const { data, parity } of sides) {
    cells = cells.flatMap((cell) => Array.from({ length: data + parity }, (_, coordinate) => [...cell, coordinate]))
  }
  const depth = (cell: readonly number[]) => cell.filter((x, dimension) => x >= sides[dimension]!.data).length
  if (kind === 'lines') cells = cells.filter((cell) => depth(cell) <= 1)
  const groups = sides.flatMap(({ data, parity }, dimension): ParityGroup[] => {
    const lines = new Map<string, number[]>()
    cells.forEach((cell, shard) => {
      const line = cell.with(dimension, 0).join()
      lines.set(line, [...(lines.get(line) ?? []), shard])
    })
    const complete = [...lines.values()].filter(({ length }) => parity > 0 && length === data + parity)
    return complete.map((members) => ({ members, losses: parity }))
  })
  const tolerance =
    kind === 'grid'
      ? sides.reduce((product, { parity }) => product * (parity + 1), 1) - 1
      : sides.reduce((sum, { parity }) => sum + parity, 0)
  const closed = cells.map((cell) => cell.filter((_, dimension) => sides[dimension]!.parity > 0))
  return createGeometry({ shardCount: cells.length, tolerance, groups, cells: closed })
}

/** Data shards group by group, then the parity of each group, then global parities. */
export function local(dataShards: number, groupCount: number, globalParities: number): StripeGeometry {
  const size = dataShards / groupCount
  const groups = Array.from({ length: groupCount }, (_, group): ParityGroup => {
    const data = Array.from({ length: size }, (_, member) => group * size + member)
    return { members: [...data, dataShards + group], losses: 1 }
  })
  const data = Array.from({ length: dataShards }, (_, shard) => shard)
  const globals = Array.from({ length: globalParities }, (_, parity) => dataShards + groupCount + parity)
  const shardCount = dataShards + groupCount + globalParities
  const overall = { members: [...data, ...globals], losses: globalParities }
  return createGeometry({
    shardCount,
    tolerance: globalParities + 1,
    groups: globalParities > 0 ? [...groups, overall] : groups,
  })
}
