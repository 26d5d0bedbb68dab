import type { ListedObject } from './bucket.ts'

/** One page of a listing. */
export interface ListPage {
  readonly objects: readonly ListedObject[]
  /** Undefined after the last page. */
  readonly nextToken: string | undefined
}

/** Reads the XML of ListObjectsV2. The few elements that count hold plain text, so no more of XML is understood than that. */
export function parseListReply(xml: string): ListPage {
  const objects = [...xml.matchAll(/<Contents>([\s\S]*?)<\/Contents>/g)].map(([, object = '']) => ({
    key: textOf(object, 'Key') ?? '',
    sizeBytes: Number(textOf(object, 'Size')),
  }))
  const isTruncated = textOf(xml, 'IsTruncated') === 'true'
  return { objects, nextToken: isTruncated ? textOf(xml, 'NextContinuationToken') : undefined }
}

/** The text of the first such element. */
export function textOf(xml: string, element: string): string | undefined {
  const text = new RegExp(`<${element}>([^<]*)</${element}>`).exec(xml)?.[1]
  return text?.replace(/&(lt|gt|quot|apos|amp|#\d+|#x[0-9a-f]+);/gi, (whole, name: string) => entity(name) ?? whole)
}

const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' }

function entity(name: string): string | undefined {
  if (!name.startsWith('#')) return named[name]
  const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1))
  return code <= 0x10ffff ? String.fromCodePoint(code) : undefined
}
