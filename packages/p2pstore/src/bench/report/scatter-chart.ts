/**
 * Points with their names beside them; each may have a second value below or above, joined by a line. What would collide is
 * moved apart: points to the side, by a little, and names around their points.
 */
import { type Axis, along, isWithin } from './axis.ts'
import { type Box, overlap, placeLabels } from './label-places.ts'
import { element, escapeText } from './markup.ts'
import { markerPath, type Tone } from './tone.ts'

interface ScatterPoint {
  readonly name: string
  readonly tone: Tone
  readonly x: number
  readonly y: number
  /** Drawn hollow. */
  readonly otherY?: number
}

export interface ScatterChart {
  /** What the chart shows, for those who can't see it. */
  readonly description: string
  readonly x: Axis
  readonly y: Axis
  readonly points: readonly ScatterPoint[]
  /** A region that is not to be taken at its word: from this value to the end of the y axis. */
  readonly doubtful?: { readonly from: number; readonly note: string }
}

const width = 960
const height = 540
const plot: Box = { left: 106, top: 18, width: 832, height: 452 }
const markerRadius = 6
const labelHeight = 17
const sideSteps = [0, 13, -13, 26, -26, 39, -39]
/** Of bold digits and small letters in the widest of the usual fonts. */
const letterWidth = 8.4

export function formatScatterChart(chart: ScatterChart): string {
  const atX = (value: number) => plot.left + along(chart.x, value) * plot.width
  const atY = (value: number) => plot.top + plot.height - along(chart.y, value) * plot.height
  const points = sideBySide(
    chart.points.map((point) => ({
      ...point,
      left: atX(point.x),
      top: atY(point.y),
      otherTop: point.otherY === undefined ? undefined : atY(point.otherY),
    })),
  )
  const doubtful = chart.doubtful &&
    isWithin(chart.y, chart.doubtful.from) && { ...chart.doubtful, bottom: atY(chart.doubtful.from) }
  return element(
    'svg',
    { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': chart.description },
    doubtful ? doubtfulRegion(doubtful) : '',
    ...chart.x.ticks.map(({ value, label }) => tickX(atX(value), label)),
    ...chart.y.ticks.map(({ value, label }) => tickY(atY(value), label)),
    axisTitles(chart),
    ...points.map(drawPoint),
    ...drawLabels(points, doubtful ? [noteBox(doubtful)] : []),
  )
}

type Drawn = ScatterPoint & { readonly left: number; readonly top: number; readonly otherTop: number | undefined }

interface DoubtfulRegion {
  readonly bottom: number
  readonly note: string
}

function doubtfulRegion({ bottom, note }: DoubtfulRegion): string {
  const region = { x: plot.left, y: plot.top, width: plot.width, height: bottom - plot.top }
  const text = { class: 'note', x: plot.left + plot.width - 10, y: bottom - 10, 'text-anchor': 'end' }
  return element('rect', { class: 'doubtful', ...region }) + element('text', text, escapeText(note))
}

function noteBox({ bottom, note }: DoubtfulRegion): Box {
  const noteWidth = note.length * letterWidth
  return { left: plot.left + plot.width - 10 - noteWidth, top: bottom - 24, width: noteWidth, height: labelHeight }
}

function axisTitles({ x, y }: ScatterChart): string {
  const middle = plot.top + plot.height / 2
  const below = { class: 'axis', x: plot.left + plot.width, y: height - 10, 'text-anchor': 'end' }
  const beside = { class: 'axis', x: 16, y: middle, transform: `rotate(-90 16 ${middle})`, 'text-anchor': 'middle' }
  return element('text', below, escapeText(x.title)) + element('text', beside, escapeText(y.title))
}

/** Points that would cover each other move to the side by a little. */
function sideBySide(points: readonly Drawn[]): Drawn[] {
  const placed: Drawn[] = []
  for (const point of points) {
    const shifted = sideSteps.map((step) => ({ ...point, left: point.left + step }))
    const taken = placed.flatMap(obstaclesOf)
    const isFree = (candidate: Drawn) =>
      obstaclesOf(candidate).every((box) => taken.every((other) => overlap(box, other) === 0))
    placed.push(shifted.find(isFree) ?? point)
  }
  return placed
}

function tickX(x: number, label: string): string {
  return (
    element('line', { class: 'grid', x1: x, x2: x, y1: plot.top, y2: plot.top + plot.height }) +
    element('text', { class: 'tick', x, y: plot.top + plot.height + 20, 'text-anchor': 'middle' }, escapeText(label))
  )
}

function tickY(y: number, label: string): string {
  return (
    element('line', { class: 'grid', x1: plot.left, x2: plot.left + plot.width, y1: y, y2: y }) +
    element('text', { class: 'tick', x: plot.left - 10, y: y + 4, 'text-anchor': 'end' }, escapeText(label))
  )
}

function drawPoint({ name, tone, left, top, otherTop }: Drawn): string {
  const title = element('title', {}, escapeText(name))
  const marker = element('path', { class: `tone-${tone}`, d: markerPath(tone, left, top, markerRadius) }, title)
  if (otherTop === undefined) return marker
  return (
    element('line', { class: `rod tone-${tone}`, x1: left, x2: left, y1: top, y2: otherTop }) +
    element('path', { class: `hollow tone-${tone}`, d: markerPath(tone, left, otherTop, markerRadius) }) +
    marker
  )
}

function drawLabels(points: readonly Drawn[], notes: readonly Box[]): string[] {
  const requests = points.map(({ left, top, name }) => {
    return { x: left, y: top, width: name.length * letterWidth, height: labelHeight }
  })
  const boxes = placeLabels(requests, { frame: plot, obstacles: [...points.flatMap(obstaclesOf), ...notes] })
  return points.map(({ name, left, top }, index) => {
    const box = boxes[index]!
    return (
      leader(left, top, box) +
      element('text', { class: 'label', ...anchored(box, left), y: box.top + 13 }, escapeText(name))
    )
  })
}

/** Held at the side that faces the point, because nobody knows the font. */
function anchored({ left, width }: Box, pointX: number): { x: number; 'text-anchor': string } {
  if (left >= pointX) return { x: left, 'text-anchor': 'start' }
  if (left + width <= pointX) return { x: left + width, 'text-anchor': 'end' }
  return { x: left + width / 2, 'text-anchor': 'middle' }
}

/** A thin line to a label that had to go far from its point. */
function leader(x: number, y: number, { left, top, width, height }: Box): string {
  const nearX = Math.min(Math.max(x, left), left + width)
  const nearY = Math.min(Math.max(y, top + 2), top + height - 2)
  const gap = Math.hypot(nearX - x, nearY - y)
  if (gap < 18) return ''
  const start = (markerRadius + 3) / gap
  return element('line', {
    class: 'leader',
    x1: x + (nearX - x) * start,
    y1: y + (nearY - y) * start,
    x2: nearX,
    y2: nearY,
  })
}

function obstaclesOf({ left, top, otherTop }: Drawn): Box[] {
  const around = (y: number): Box => {
    return { left: left - markerRadius, top: y - markerRadius, width: 2 * markerRadius, height: 2 * markerRadius }
  }
  if (otherTop === undefined) return [around(top)]
  const rod = { left: left - 2, top: Math.min(top, otherTop), width: 4, height: Math.abs(otherTop - top) }
  return [around(top), around(otherTop), rod]
}
