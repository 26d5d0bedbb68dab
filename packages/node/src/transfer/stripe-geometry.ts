import { cellsOf, codeOf, type Scheme } from '@p2pstore/codec'
import { createGeometry, type StripeGeometry } from '@p2pstore/placement'

/** What placement has to know of a scheme: its parity groups and, of grids, where each shard is in the lines. */
export function stripeGeometryOf(scheme: Scheme): StripeGeometry {
  const { totalShards, tolerance, groups } = codeOf(scheme)
  const parts = {
    shardCount: totalShards,
    tolerance,
    groups: groups.map(({ members, checks }) => ({ members, losses: checks.rows })),
  }
  if (scheme.kind !== 'grid' && scheme.kind !== 'lines') return createGeometry(parts)
  const { sides, kind } = scheme
  const hasLines = (_: number, dimension: number) => sides[dimension]!.parity > 0
  return createGeometry({ ...parts, cells: cellsOf(sides, kind).map((cell) => cell.filter(hasLines)) })
}
