const factors: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
}
const units = ['KiB', 'MiB', 'GiB', 'TiB'] as const

/**
 * Bytes from text such as `4096`, `1.5 MiB` or `100GB`; units of 1024 have an i.
 * @throws RangeError
 */
export function parseByteSize(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim()) ?? []
  const factor = factors[unit?.toLowerCase() ?? 'none']
  const bytes = factor === undefined ? Number.NaN : Math.round(Number(amount) * factor)
  if (!Number.isSafeInteger(bytes)) throw new RangeError(`${JSON.stringify(text)} is not a size such as 100GiB`)
  return bytes
}

/** Three significant digits: `0 B`, `1.5 MiB`, `931 GiB`. */
export function formatByteSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  let amount = bytes / 1024
  let unit = 0
  for (; amount >= 999.5 && unit + 1 < units.length; unit += 1) amount /= 1024
  return `${amount >= 999.5 ? Math.round(amount) : Number(amount.toPrecision(3))} ${units[unit]}`
}
