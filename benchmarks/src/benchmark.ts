export interface Row {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** The same, done by as little as can do it, in the same run; null where there is no such thing. */
  readonly floor: number | null
  /** value / floor; null where there is none or it is 0. */
  readonly ratio: number | null
}

export interface Benchmark {
  run(options: readonly string[], report: (text: string) => void): Promise<Row[]>
}

export function row(name: string, value: number, unit: string, floor?: number): Row {
  return { name, value, unit, floor: floor ?? null, ratio: floor ? value / floor : null }
}

/** What was measured in turns with its floor: medians, and the median of the ratios, each of one round. */
export function pairedRow(name: string, values: readonly number[], unit: string, floors: readonly number[]): Row {
  const ratios = values.map((value, round) => value / (floors[round] as number))
  return { name, value: median(values), unit, floor: median(floors), ratio: median(ratios) }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

export function toTable(machine: Record<string, unknown>, rows: readonly Row[]): string {
  const digits = (value: number | null): string => (value === null ? '' : value.toPrecision(4))
  const cells = rows.map(({ name, value, unit, floor, ratio }) => [
    name,
    digits(value),
    unit,
    digits(floor),
    digits(ratio),
  ])
  const table = [['', 'value', 'unit', 'floor', 'ratio'], ...cells]
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...table.map((line) => (line[column] as string).length)))
  const lines = table.map((line) =>
    line
      .map((cell, column) =>
        column === 0 || column === 2 ? cell.padEnd(widths[column] as number) : cell.padStart(widths[column] as number),
      )
      .join('  ')
      .trimEnd(),
  )
  return [Object.values(machine).join(' · '), '', ...lines].join('\n')
}
