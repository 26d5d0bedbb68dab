export interface Tick {
  readonly value: number
  readonly label: string
}

/** One direction of a chart: values from `first` at one end to `last` at the other, on a logarithmic scale. */
export interface Axis {
  readonly title: string
  readonly first: number
  readonly last: number
  readonly ticks: readonly Tick[]
}

/** How far along an axis a value is: 0 at its first, 1 at its last; values beyond stay at the ends. */
export function along({ first, last }: Axis, value: number): number {
  const share = Math.log(value / first) / Math.log(last / first)
  return Math.min(Math.max(share, 0), 1)
}

/** Whether a value lies on the axis, ends excluded. */
export function isWithin(axis: Axis, value: number): boolean {
  const share = along(axis, value)
  return share > 0 && share < 1
}
