/**
 * Locally repairable code: the data in equal groups, each with its own sum, and global parities over all of it (Huang et al.,
 * Erasure Coding in Windows Azure Storage, 2012). One loss is repaired inside its group.
 *
 * The group sums add up to parity slot 0 of the Cauchy code over all data; the global parities are its slots 1, 2, … So
 * with g global parities the code has everything a Reed–Solomon code with g + 1 parities has, and survives any g + 1 losses.
 */
import { type CheckGroup, checksOf, type LinearCode } from './linear-code.ts'
import { cellAt, matrix } from './matrix.ts'
import { cauchyParity } from './reed-solomon.ts'

export function localCode(dataShards: number, groupCount: number, globalParities: number): LinearCode {
  const groupSize = dataShards / groupCount
  const cauchy = cauchyParity(dataShards, globalParities + 1)
  const parity = matrix(groupCount + globalParities, dataShards, (row, column) =>
    row < groupCount ? Number(Math.floor(column / groupSize) === row) : cellAt(cauchy, row - groupCount + 1, column),
  )
  const locals = Array.from({ length: groupCount }, (_, group): CheckGroup => {
    const data = Array.from({ length: groupSize }, (_, member) => group * groupSize + member)
    return { members: [...data, dataShards + group], checks: matrix(1, groupSize + 1, () => 1) }
  })
  const globalRows = matrix(globalParities, dataShards, (row, column) => cellAt(cauchy, row + 1, column))
  const totalShards = dataShards + parity.rows
  const everyDatum = [...Array(dataShards).keys()]
  const parityNumbers = Array.from({ length: globalParities }, (_, row) => dataShards + groupCount + row)
  const overall = { members: [...everyDatum, ...parityNumbers], checks: checksOf(globalRows) }
  return {
    dataShards,
    totalShards,
    tolerance: globalParities + 1,
    layout: globalParities > 0 ? 'bits' : 'byte',
    parity,
    groups: globalParities > 0 ? [...locals, overall] : locals,
  }
}
