/** Colours of what is drawn, defined in page.ts for light and dark; each with a shape of its own as well. */
export type Tone = 'blue' | 'red' | 'green' | 'purple' | 'ochre' | 'grey'

const corners: Readonly<Record<Tone, { readonly count: number; readonly turn: number }>> = {
  blue: { count: 24, turn: 0 },
  red: { count: 4, turn: 0 },
  green: { count: 3, turn: -0.25 },
  purple: { count: 4, turn: 0.125 },
  ochre: { count: 3, turn: 0.25 },
  grey: { count: 5, turn: -0.25 },
}

/** A regular shape of about the same area for each tone, as the path of an SVG. */
export function markerPath(tone: Tone, x: number, y: number, radius: number): string {
  const { count, turn } = corners[tone]
  const reach = count === 24 ? radius : radius * 1.25
  const points = Array.from({ length: count }, (_, corner) => {
    const angle = 2 * Math.PI * (corner / count + turn)
    return `${(x + reach * Math.cos(angle)).toFixed(1)} ${(y + reach * Math.sin(angle)).toFixed(1)}`
  })
  return `M${points.join('L')}Z`
}
