import { isRelayed } from '../peer-address.ts'

/**
 * The network that a connection comes from: the first 24 bits of an IPv4 address, the first 48 of an IPv6 one. What is
 * observed counts more than what a peer says of itself.
 * @param address a multiaddr
 * @returns such as `192.0.2.0/24`; undefined when the address has no IP, or only that of a relay
 */
export function observedPrefix(address: string): string | undefined {
  const [, kind, ip = ''] = address.split('/')
  if (isRelayed(address)) return undefined
  if (kind === 'ip4') return `${ip.split('.').slice(0, 3).join('.')}.0/24`
  if (kind !== 'ip6') return undefined
  const [head = ''] = ip.split('::')
  const groups = head === '' ? [] : head.split(':').slice(0, 3)
  return `${[...groups, '0', '0', '0'].slice(0, 3).join(':')}::/48`
}

/** This host, link-local, RFC 1918, and the shared addresses of carriers (RFC 6598). */
const privateIpv4 = /^(0|10|127|169\.254|192\.168|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./
/** 2000::/3, all that is routed. */
const publicIpv6 = /^[23][0-9a-f]{3}:/i

/** Whether an observed network is one of the whole internet, so that others see the same one. */
export function isPublicNetwork(prefix: string): boolean {
  return prefix.includes(':') ? publicIpv6.test(prefix) : !privateIpv4.test(prefix)
}
