/** Rows of cells as lines with aligned columns; numbers and sizes (`right`, by column) end where the column ends. */
export function formatTable(rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const widths: number[] = []
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length)
  }
  const pad = (cell: string, column: number): string =>
    right.includes(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)
  return rows.map((row) => row.map(pad).join('  ').trimEnd()).join('\n')
}

const screenColumns = 100

/** A table without the columns that nobody has anything in, cut to a screen of 100 columns: what is long belongs last. */
export function formatList(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[],
): string {
  const used = [...header.keys()].filter((column) => rows.length === 0 || rows.some((row) => row[column] !== ''))
  const kept = [header, ...rows].map((row) => used.map((column) => row[column] ?? ''))
  const lines = formatTable(
    kept,
    right.map((column) => used.indexOf(column)),
  ).split('\n')
  return lines.map((line) => (line.length <= screenColumns ? line : `${line.slice(0, screenColumns - 1)}…`)).join('\n')
}
