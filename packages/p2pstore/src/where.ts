/**
 * Conditions on nodes, as people write them: `region=eu`, `tag!=spinning`, `latency<50ms`, `free>10GiB`. A node that does not
 * tell what is asked for does not meet `=`, `<` and `>`.
 */
import type { StorageMember } from '@p2pstore/node'
import { parseByteSize } from './byte-size.ts'
import { parseDuration } from './duration.ts'

type Holds = (member: StorageMember) => boolean

/** What a node says in words; several for tags. */
const words: Readonly<Record<string, (member: StorageMember) => readonly (string | undefined)[]>> = {
  region: ({ region }) => [region],
  site: ({ site }) => [site],
  rack: ({ rack }) => [rack],
  machine: ({ machine }) => [machine],
  domain: ({ domain }) => [domain],
  group: ({ group }) => [group],
  network: ({ networkPrefix }) => [networkPrefix],
  node: ({ peerId }) => [peerId],
  tag: ({ tags }) => tags,
}

interface Quantity {
  readonly of: (member: StorageMember) => number | undefined
  readonly parse: (text: string) => number
}

const quantities: Readonly<Record<string, Quantity>> = {
  free: { of: ({ freeBytes }) => freeBytes, parse: parseByteSize },
  latency: { of: ({ roundTripMs }) => roundTripMs, parse: parseDuration },
  errors: { of: ({ service }) => service && service.errorPerMille / 10, parse: parsePercent },
  used: { of: ({ totalBytes, freeBytes }) => (1 - freeBytes / totalBytes) * 100, parse: parsePercent },
  queue: { of: ({ service }) => service?.queueDepth, parse: parseCount },
}

const examples = 'such as region=eu, tag!=slow, latency<50ms, free>10GiB, errors<1% or queue<8'

/** A condition that holds when all of the texts do. @throws RangeError */
export function parseWhere(texts: readonly string[]): Holds {
  const conditions = texts.map(parseCondition)
  return (member) => conditions.every((holds) => holds(member))
}

function parseCondition(text: string): Holds {
  const [, name = '', sign = '', value = ''] = /^([a-z]+)(=|!=|<|>)(.+)$/.exec(text) ?? []
  const word = Object.hasOwn(words, name) ? words[name] : undefined
  const quantity = Object.hasOwn(quantities, name) ? quantities[name] : undefined
  if (word !== undefined && sign === '=') return (member) => word(member).includes(value)
  if (word !== undefined && sign === '!=') return (member) => !word(member).includes(value)
  if (quantity === undefined || (sign !== '<' && sign !== '>')) {
    throw new RangeError(`${JSON.stringify(text.slice(0, 100))} is not a condition on nodes, ${examples}`)
  }
  const bound = quantity.parse(value)
  return (member) => {
    const found = quantity.of(member) ?? Number.NaN
    return sign === '<' ? found < bound : found > bound
  }
}

function parsePercent(text: string): number {
  const [, amount] = /^(\d+(?:\.\d+)?)\s*%$/.exec(text) ?? []
  if (amount === undefined) throw new RangeError(`${JSON.stringify(text)} is not a share such as 1%`)
  return Number(amount)
}

function parseCount(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new RangeError(`${JSON.stringify(text)} is not a number such as 8`)
  return Number(text)
}
