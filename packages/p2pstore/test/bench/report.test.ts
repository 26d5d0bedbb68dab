import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatChance, formatSpeed, formatYears } from '../../src/bench/figure-text.ts'
import { along, isWithin } from '../../src/bench/report/axis.ts'
import { formatBarChart } from '../../src/bench/report/bar-chart.ts'
import { overlap, placeLabels } from '../../src/bench/report/label-places.ts'
import { element, escapeText } from '../../src/bench/report/markup.ts'
import { formatHtmlTable } from '../../src/bench/report/page.ts'

test('what could be markup is escaped', () => {
  expect(escapeText('<a href="x">&\'')).toBe('&#60;a href=&#34;x&#34;&#62;&#38;&#39;')
  expect(element('i', { title: '"', x: 1 / 3, none: undefined }, 'y')).toBe('<i title="&#34;" x="0.33">y</i>')
  expect(formatHtmlTable([['a'], ['<b>']], [])).toContain('<th>&#60;b&#62;</th>')
})

test('values beyond an axis stay at its ends', () => {
  const axis = { title: '', first: 1, last: 1e-4, ticks: [] }
  expect([1, 1e-2, 1e-4, 1e-9, 5].map((value) => along(axis, value))).toEqual([0, 0.5, 1, 1, 0])
  expect([1, 1e-2, 1e-4, 1e-9].map((value) => isWithin(axis, value))).toEqual([false, true, false, false])
})

test('labels of crowded points keep apart, inside the frame', () => {
  const frame = { left: 0, top: 0, width: 900, height: 450 }
  const place = fc.record({ x: fc.integer({ min: 300, max: 600 }), y: fc.integer({ min: 100, max: 350 }) })
  fc.assert(
    fc.property(fc.array(place, { minLength: 2, maxLength: 8 }), (points) => {
      const requests = points.map((point) => ({ ...point, width: 90, height: 17 }))
      const boxes = placeLabels(requests, { frame, obstacles: [] })
      for (const [index, box] of boxes.entries()) {
        expect(overlap(box, frame)).toBeCloseTo(box.width * box.height, 6)
        for (const other of boxes.slice(0, index)) expect(overlap(box, other)).toBe(0)
      }
    }),
  )
})

test('a label leaves room for what is drawn', () => {
  const request = { x: 100, y: 100, width: 60, height: 17 }
  const right = { left: 105, top: 80, width: 80, height: 40 }
  const [box] = placeLabels([request], { frame: { left: 0, top: 0, width: 300, height: 200 }, obstacles: [right] })
  expect(overlap(box!, right)).toBe(0)
})

test('what is written behind bars stays inside, however long', () => {
  const bar = (value: number, text: string) => ({ name: 'a', tone: 'blue', value, text, range: [1, 12] }) as const
  const texts = ['5 GB/s', '7.25 GB/s · 66 × the other library · 214 × what it takes to encode']
  const chart = formatBarChart({ description: '', groups: [{ heading: '', bars: texts.map((text) => bar(10, text)) }] })
  const written = [...chart.matchAll(/class="value" x="([\d.]+)".*?>(.*?)</g)]
  expect(written.map(([, , text]) => text)).toEqual(texts)
  for (const [, x, text] of written) expect(Number(x) + 7 * text!.length).toBeLessThan(960)
})

test('figures are as short as they can be', () => {
  expect([0, 1, 0.016, 0.001, 0.00022, 1.9e-7].map(formatChance)).toEqual([
    '0 %',
    '100 %',
    '1.6 %',
    '0.1 %',
    '2.2e-4',
    '1.9e-7',
  ])
  expect([0.95, 1648.4, 94052, 1.06e9].map(formatYears)).toEqual(['0.95', '1648', '94052', '1.1e9'])
  expect([0.0312, 21.34, 118.2].map(formatSpeed)).toEqual(['0.0312', '21.3', '118'])
})
