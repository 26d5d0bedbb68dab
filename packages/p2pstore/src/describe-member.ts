/** How a storage node is, in the cells of a table. */
import type { StorageMember } from '@p2pstore/node'

/** Empty for a node that does what it is asked. */
export function serviceOf({ service }: Pick<StorageMember, 'service'>): string {
  if (service === undefined) return ''
  const { admission, queueDepth, errorPerMille } = service
  return [
    ...(admission === 'open' ? [] : [admission]),
    ...(queueDepth === 0 ? [] : [`${queueDepth} waiting`]),
    ...(errorPerMille === 0 ? [] : [`${(errorPerMille / 10).toFixed(1)} % errors`]),
  ].join(', ')
}

/** From the largest to the smallest. */
export function placeOf({
  region,
  site,
  rack,
  machine,
}: Partial<Pick<StorageMember, 'region' | 'site' | 'rack' | 'machine'>>): string {
  return [region, site, rack, machine].filter((name) => name !== undefined).join('/')
}

/** Empty for a node that is a domain of its own. */
export function domainOf({ domain, peerId }: Pick<StorageMember, 'domain' | 'peerId'>): string {
  return domain === peerId ? '' : domain
}

/** Such as `0.4 ms`. */
export function millisecondsOf(us: number | undefined): string {
  return us === undefined ? '' : `${(us / 1000).toFixed(us < 100_000 ? 1 : 0)} ms`
}
