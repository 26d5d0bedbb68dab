/** Horizontal bars, in groups under headings, each with its value written at its end. */
import { element, escapeText } from './markup.ts'
import type { Tone } from './tone.ts'

interface Bar {
  readonly name: string
  readonly tone: Tone
  readonly value: number
  /** What is written at the end. */
  readonly text: string
  /** From the lowest to the highest value seen; drawn as a thin line. */
  readonly range?: readonly [number, number]
}

export interface BarGroup {
  /** Empty for none. */
  readonly heading: string
  readonly bars: readonly Bar[]
}

export interface BarChart {
  readonly description: string
  readonly groups: readonly BarGroup[]
}

const width = 960
const barHeight = 20
const rowHeight = 27
const headingHeight = 36
const namesWidth = 176
/** Of a character, generously: text stays inside whatever font a reader has. */
const characterWidth = 7.5
/** Between a bar and its text. */
const gapWidth = 10

export function formatBarChart({ description, groups }: BarChart): string {
  const bars = groups.flatMap((group) => group.bars)
  const largest = Math.max(...bars.map(({ value, range }) => Math.max(value, range?.[1] ?? 0)))
  const textWidth = gapWidth + characterWidth * Math.max(...bars.map(({ text }) => text.length))
  const lengthOf = (value: number) => (value / largest) * (width - namesWidth - textWidth)
  let top = 4
  const drawn = groups.flatMap(({ heading, bars }) => {
    const title = heading === '' ? '' : element('text', { class: 'heading', x: 0, y: top + 22 }, escapeText(heading))
    if (heading !== '') top += headingHeight
    const rows = bars.map((bar, index) => drawBar(bar, top + index * rowHeight, lengthOf))
    top += bars.length * rowHeight
    return [title, ...rows]
  })
  return element('svg', { viewBox: `0 0 ${width} ${top + 4}`, role: 'img', 'aria-label': description }, ...drawn)
}

function drawBar({ name, tone, value, text, range }: Bar, top: number, lengthOf: (value: number) => number): string {
  const middle = top + barHeight / 2
  const end = Math.max(value, range?.[1] ?? 0)
  return [
    element('text', { class: 'label', x: namesWidth - 12, y: middle + 5, 'text-anchor': 'end' }, escapeText(name)),
    element('rect', {
      class: `tone-${tone}`,
      x: namesWidth,
      y: top,
      width: Math.max(lengthOf(value), 1),
      height: barHeight,
      rx: 3,
    }),
    range === undefined
      ? ''
      : element('line', {
          class: 'range',
          x1: namesWidth + lengthOf(range[0]),
          x2: namesWidth + lengthOf(range[1]),
          y1: middle,
          y2: middle,
        }),
    element('text', { class: 'value', x: namesWidth + lengthOf(end) + gapWidth, y: middle + 5 }, escapeText(text)),
  ].join('')
}
