const unitsMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/**
 * Milliseconds from text such as `30d`, `12h`, `90m` (minutes) or `45s`.
 * @throws RangeError
 */
export function parseDuration(text: string): number {
  const [, amount, unit] = /^(\d+)(ms|[smhdw])$/.exec(text.trim()) ?? []
  const durationMs = Number(amount) * (unitsMs[unit ?? ''] ?? Number.NaN)
  if (!Number.isSafeInteger(durationMs))
    throw new RangeError(`${JSON.stringify(text)} is not a duration such as 30d or 12h`)
  return durationMs
}

/** For people: `850 ms`, `12.3 s`, `25 min`, `31 h`. */
export function formatDuration(durationMs: number): string {
  if (durationMs >= 7_200_000) return `${Math.round(durationMs / 3_600_000)} h`
  if (durationMs >= 120_000) return `${Math.round(durationMs / 60_000)} min`
  return durationMs < 1_000 ? `${Math.round(durationMs)} ms` : `${(durationMs / 1_000).toFixed(1)} s`
}

/**
 * A moment to come: a duration from now, or a date such as `2031-05-01` or `2031-05-01T12:00:00Z` (without a zone: UTC).
 * @throws RangeError also when it has passed
 */
export function parseMoment(text: string, nowMs: number): Date {
  const trimmed = text.trim()
  const [date, time, zone] = /^\d{4}-\d\d-\d\d(T[\d:.]+)?(Z|[+-]\d\d:\d\d)?$/.exec(trimmed) ?? []
  const moment =
    date === undefined
      ? new Date(nowMs + parseDuration(trimmed))
      : new Date(time !== undefined && zone === undefined ? `${date}Z` : date)
  if (Number.isNaN(moment.getTime())) throw new RangeError(`${JSON.stringify(text)} is not a date such as 2031-05-01`)
  if (moment.getTime() <= nowMs) throw new RangeError(`${moment.toISOString()} has passed already`)
  return moment
}
