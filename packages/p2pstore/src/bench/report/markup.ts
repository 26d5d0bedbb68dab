/** Text as it stands in HTML and SVG, in content and in attributes. */
export function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`)
}

/** An element. Numbers are cut to hundredths; content is markup already. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number | undefined>>,
  ...content: readonly string[]
): string {
  const written = Object.entries(attributes).map(([key, value]) => {
    if (value === undefined) return ''
    return ` ${key}="${typeof value === 'number' ? Math.round(value * 100) / 100 : escapeText(value)}"`
  })
  return `<${name}${written.join('')}>${content.join('')}</${name}>`
}
