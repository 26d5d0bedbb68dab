/**
 * The text form of a scheme:
 *
 * - `mirror:3` three identical shards
 * - `xor:4+1` four data shards and their sum
 * - `rs:10+4` Reed–Solomon, ten data and four parity shards; `rs:10+4/vandermonde` in the bytes of Backblaze and klauspost
 * - `grid:4+1,4+1` a product of lines, any number of dimensions; `lines:4+1,4+1` the same without parity of parity
 * - `local:12+2+2` twelve data shards, a parity for each of two groups of six, two global parities
 */
import { CodecError } from './codec-error.ts'
import { maximumGroupMembers, maximumStripeShards, type Scheme, type Side } from './scheme.ts'

/** Longer than any valid scheme. */
const maximumTextLength = 100

/** @throws CodecError SCHEME_INVALID naming the value; TypeError when it is not a text */
export function parseScheme(text: string): Scheme {
  if (typeof text !== 'string') throw new TypeError(`a scheme's text is a string, not ${text}`)
  const invalid = (reason: string): CodecError =>
    new CodecError('SCHEME_INVALID', `invalid scheme ${JSON.stringify(text.slice(0, maximumTextLength))}: ${reason}`)
  if (text.length > maximumTextLength) throw invalid(`longer than ${maximumTextLength} characters`)
  const { kind, body, variant } =
    /^(?<kind>[a-z]+):(?<body>[0-9+,]+)(?:\/(?<variant>[a-z]+))?$/.exec(text)?.groups ?? {}
  if (kind === undefined || body === undefined) throw invalid('expected a form such as rs:10+4')
  if (variant !== undefined && !(kind === 'rs' && variant === 'vandermonde')) {
    throw invalid(`unknown variant ${JSON.stringify(variant)}`)
  }
  const numbers = (part: string, count: number, form: string): number[] => {
    const parsed = part.split('+').map((digits) => (/^(0|[1-9][0-9]{0,3})$/.test(digits) ? Number(digits) : -1))
    if (parsed.length !== count || parsed.includes(-1)) throw invalid(`expected ${form}`)
    return parsed
  }
  const scheme = ((): Scheme => {
    switch (kind) {
      case 'mirror': {
        const [copies] = numbers(body, 1, 'mirror:copies')
        return { kind, copies: copies! }
      }
      case 'xor': {
        const [dataShards, parityShards] = numbers(body, 2, 'xor:data+1')
        if (parityShards !== 1) throw invalid(`an xor has 1 parity shard, not ${parityShards}`)
        return { kind, dataShards: dataShards! }
      }
      case 'rs': {
        const [dataShards, parityShards] = numbers(body, 2, 'rs:data+parity')
        const matrix = variant === 'vandermonde' ? 'vandermonde' : 'cauchy'
        return { kind, dataShards: dataShards!, parityShards: parityShards!, matrix }
      }
      case 'grid':
      case 'lines': {
        const sides = body.split(',').map((part): Side => {
          const [data, parity] = numbers(part, 2, `${kind}:data+parity,data+parity,…`)
          return { data: data!, parity: parity! }
        })
        return { kind, sides }
      }
      case 'local': {
        const [dataShards, groups, globalParities] = numbers(body, 3, 'local:data+groups+global')
        return { kind, dataShards: dataShards!, groups: groups!, globalParities: globalParities! }
      }
      default:
        throw invalid(`unknown kind ${JSON.stringify(kind)}`)
    }
  })()
  const reason = faultOf(scheme)
  if (reason) throw invalid(reason)
  return scheme
}

/** The inverse of {@link parseScheme}. */
export function formatScheme(scheme: Scheme): string {
  switch (scheme.kind) {
    case 'mirror':
      return `mirror:${scheme.copies}`
    case 'xor':
      return `xor:${scheme.dataShards}+1`
    case 'rs': {
      const variant = scheme.matrix === 'cauchy' ? '' : `/${scheme.matrix}`
      return `rs:${scheme.dataShards}+${scheme.parityShards}${variant}`
    }
    case 'grid':
    case 'lines':
      return `${scheme.kind}:${scheme.sides.map(({ data, parity }) => `${data}+${parity}`).join(',')}`
    case 'local':
      return `local:${scheme.dataShards}+${scheme.groups}+${scheme.globalParities}`
  }
}

/**
 * Whether a scheme's numbers make sense, for schemes that did not come from a text.
 * @throws CodecError SCHEME_INVALID naming the value
 */
export function checkScheme(scheme: Scheme): void {
  const reason = faultOf(scheme)
  const shown = `${JSON.stringify(scheme)}`.slice(0, maximumTextLength)
  if (reason) throw new CodecError('SCHEME_INVALID', `invalid scheme ${shown}: ${reason}`)
}

function faultOf(scheme: Scheme): string | undefined {
  switch (scheme?.kind) {
    case 'mirror':
      return outside('copies', scheme.copies, 1, maximumGroupMembers)
    case 'xor':
      return outside('data shards', scheme.dataShards, 1, maximumStripeShards - 1)
    case 'rs':
      if (scheme.matrix !== 'cauchy' && scheme.matrix !== 'vandermonde') return `unknown matrix ${scheme.matrix}`
      return groupFault(scheme.dataShards, scheme.parityShards)
    case 'grid':
    case 'lines': {
      if (!Array.isArray(scheme.sides)) return 'no list of sides'
      const faults = scheme.sides.map(({ data, parity }) => groupFault(data, parity))
      const shards = scheme.sides.reduce((count, { data, parity }) => count * (data + parity), 1)
      return (
        outside('dimensions', scheme.sides.length, 1, 10) ??
        faults.find((fault) => fault !== undefined) ??
        outside('cells', shards, 1, maximumStripeShards)
      )
    }
    case 'local':
      return (
        groupFault(scheme.dataShards, scheme.globalParities + 1) ??
        outside('groups', scheme.groups, 1, scheme.dataShards) ??
        (scheme.dataShards % scheme.groups === 0
          ? undefined
          : `${scheme.dataShards} data shards do not split into ${scheme.groups} equal groups`)
      )
    default:
      return 'unknown kind'
  }
}

function groupFault(data: number, parity: number): string | undefined {
  return (
    outside('data shards', data, 1, maximumGroupMembers) ??
    outside('parity shards', parity, 0, maximumGroupMembers) ??
    outside('shards of a group', data + parity, 1, maximumGroupMembers)
  )
}

function outside(what: string, value: number, least: number, most: number): string | undefined {
  if (Number.isInteger(value) && value >= least && value <= most) return undefined
  return `${value} ${what}, expected ${least} to ${most}`
}
