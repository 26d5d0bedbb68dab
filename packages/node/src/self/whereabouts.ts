import type { Geography, Topology } from '@p2pstore/state'

/** Where a node stands, as far as its operator says. A name is 1 … 128 visible ASCII characters. */
export interface Whereabouts {
  /**
   * Nodes of one domain may fail together. What the certificate of a node says comes before this, and so does the public
   * network that it is seen to come from, unless all nodes there name one domain. Default: its rack, else its machine, else
   * the node alone.
   */
  readonly domain?: string | undefined
  /** Such as a country, or a cloud's `eu-west`. */
  readonly region?: string | undefined
  /** A building, a data centre. */
  readonly site?: string | undefined
  readonly rack?: string | undefined
  /** A computer that several nodes run on. */
  readonly machine?: string | undefined
  readonly position?: Position | undefined
  /** What policies and people may choose the node by: at most 16 different ones of at most 64 characters. Default none. */
  readonly tags?: readonly string[] | undefined
}

/** These alone, of what may hold more. */
export function whereaboutsOf({ domain, region, site, rack, machine, position, tags }: Whereabouts): Whereabouts {
  return { domain, region, site, rack, machine, position, tags }
}

/** In degrees: north and east are positive. */
export interface Position {
  readonly latitude: number
  readonly longitude: number
}

const visibleAscii = /^[\x21-\x7e]+$/
const maximumNameLength = 128
const maximumTagLength = 64
const maximumTags = 16

/** @throws RangeError */
export function checkWhereabouts(whereabouts: Whereabouts): void {
  for (const what of ['domain', 'region', 'site', 'rack', 'machine'] as const) {
    if (whereabouts[what] !== undefined) checkName(what, whereabouts[what], maximumNameLength)
  }
  const { position, tags = [] } = whereabouts
  for (const tag of tags) checkName('tag', tag, maximumTagLength)
  if (tags.length > maximumTags || new Set(tags).size < tags.length) {
    throw new RangeError(`a node has at most ${maximumTags} different tags`)
  }
  if (position === undefined) return
  if (!(Math.abs(position.latitude) <= 90 && Math.abs(position.longitude) <= 180)) {
    throw new RangeError('a latitude is in -90 … 90 degrees, a longitude in -180 … 180')
  }
}

function checkName(what: string, name: string, maximumLength: number): void {
  if (name.length <= maximumLength && visibleAscii.test(name)) return
  throw new RangeError(`a ${what} is 1 … ${maximumLength} visible ASCII characters without spaces`)
}

/** The domain that the node claims to be in; racks of two sites may have one name. */
export function claimedDomain({ domain, site, rack, machine }: Whereabouts, peerId: string): string {
  if (domain !== undefined) return domain
  if (rack === undefined) return machine ?? peerId
  return (site === undefined ? rack : `${site}/${rack}`).slice(0, maximumNameLength)
}

/** @param networkPrefix the network that the node sees itself in */
export function topologyOf({ rack, machine }: Whereabouts, networkPrefix: string | undefined): Topology | undefined {
  return unlessEmpty({
    ...(rack !== undefined && { rack }),
    ...(machine !== undefined && { machine }),
    ...(networkPrefix !== undefined && { networkPrefix }),
  })
}

export function geographyOf({ region, site, position }: Whereabouts): Geography | undefined {
  return unlessEmpty({
    ...(region !== undefined && { region }),
    ...(site !== undefined && { site }),
    ...(position && {
      position: {
        latitudeMicroDegrees: Math.round(position.latitude * 1e6),
        longitudeMicroDegrees: Math.round(position.longitude * 1e6),
      },
    }),
  })
}

function unlessEmpty<T extends object>(fields: T): T | undefined {
  return Object.keys(fields).length === 0 ? undefined : fields
}
