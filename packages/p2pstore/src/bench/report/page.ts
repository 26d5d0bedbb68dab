/** A report as one page that needs nothing else: style and drawings are inside, and there is no script. */
import { element, escapeText } from './markup.ts'

export interface Section {
  readonly heading: string
  /** Paragraphs of plain text. */
  readonly text: readonly string[]
  /** Markup: drawings or a table. */
  readonly body: string
}

export interface Page {
  readonly title: string
  readonly lead: string
  readonly sections: readonly Section[]
  /** Plain text. */
  readonly footer: string
}

export function formatPage({ title, lead, sections, footer }: Page): string {
  const body = [
    element('header', {}, element('h1', {}, escapeText(title)), element('p', {}, escapeText(lead))),
    ...sections.map(formatSection),
    element('footer', {}, escapeText(footer)),
  ]
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeText(title)}</title>
<style>${style}</style>
</head>
<body>
${body.join('\n')}
</body>
</html>
`
}

/** The first row holds the headings, the first column the names; columns of numbers are `right`. */
export function formatHtmlTable(
  [headings = [], ...rows]: readonly (readonly string[])[],
  right: readonly number[],
): string {
  const cell = (name: string) => (text: string, column: number) => {
    const unbroken = text.replaceAll(' %', '\u00a0%').replaceAll('× ', '×\u00a0')
    return element(name, { class: right.includes(column) ? 'number' : undefined }, escapeText(unbroken))
  }
  const head = element('thead', {}, element('tr', {}, ...headings.map(cell('th'))))
  const body = rows.map((row) =>
    element('tr', {}, ...row.map((text, column) => cell(column === 0 ? 'th' : 'td')(text, column))),
  )
  return element('table', {}, head, element('tbody', {}, ...body))
}

function formatSection({ heading, text, body }: Section): string {
  const paragraphs = text.map((paragraph) => element('p', {}, escapeText(paragraph)))
  return element('section', {}, element('h2', {}, escapeText(heading)), ...paragraphs, body)
}

const style = `
:root {
  color-scheme: light dark;
  --page: #f6f5f1; --card: #fff; --ink: #1d2330; --muted: #5d6573; --line: #e5e3dc; --doubt: #f3efe3;
  --blue: #1466b8; --red: #c2410c; --green: #0f7b5f; --purple: #7048b6; --ochre: #9a6700; --grey: #6b7280;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12151b; --card: #1b2028; --ink: #e8eaee; --muted: #a2aab8; --line: #2e3541; --doubt: #242a35;
    --blue: #6cb2ff; --red: #ff8a5b; --green: #4fd1a5; --purple: #b99cf5; --ochre: #e3b341; --grey: #aab1bd;
  }
}
* { box-sizing: border-box }
body {
  margin: 0 auto; max-width: 1080px; padding: 40px 24px; background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
h1 { font-size: 30px; line-height: 1.2; margin: 0 0 8px; letter-spacing: -.01em }
h2 { font-size: 20px; margin: 0 0 6px }
header p, section p { max-width: min(74ch, 100%); margin: 0 0 10px; color: var(--muted) }
section { margin: 24px 0; padding: 24px 28px; background: var(--card); border: 1px solid var(--line); border-radius: 14px; overflow-x: auto }
footer { color: var(--muted); font-size: 13px; white-space: pre-wrap }
svg { display: block; width: 100%; min-width: 780px; height: auto; margin-top: 12px }
svg text { font-size: 13px; fill: var(--muted) }
svg .label { fill: var(--ink); font-weight: 600 }
svg .value, .number { font-variant-numeric: tabular-nums }
svg .value { fill: var(--ink) }
svg .heading { font-size: 15px; font-weight: 700; fill: var(--ink) }
svg .grid { stroke: var(--line) }
svg .leader { stroke: var(--muted); stroke-opacity: .6 }
svg .doubtful { fill: var(--doubt) }
svg .note { font-style: italic }
svg .range { stroke: var(--ink); stroke-width: 1.5; stroke-opacity: .75 }
svg .rod { stroke-width: 2; stroke-opacity: .45 }
svg .hollow { fill: var(--card) !important; stroke-width: 2 }
.tone-blue { fill: var(--blue); stroke: var(--blue) }
.tone-red { fill: var(--red); stroke: var(--red) }
.tone-green { fill: var(--green); stroke: var(--green) }
.tone-purple { fill: var(--purple); stroke: var(--purple) }
.tone-ochre { fill: var(--ochre); stroke: var(--ochre) }
.tone-grey { fill: var(--grey); stroke: var(--grey) }
table { border-collapse: collapse; font-size: 13px; width: 100% }
th, td { padding: 5px 8px; text-align: left; border-bottom: 1px solid var(--line); white-space: nowrap }
thead th { color: var(--muted); font-weight: 600; white-space: normal; vertical-align: bottom }
.number { text-align: right }
@media (max-width: 700px) { body { padding: 24px 12px } section { padding: 18px 16px } }
`
