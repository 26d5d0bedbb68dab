/**
 * The network that a connection comes from: the first 24 bits of an IPv4 address, the first 48 of an IPv6 one. What is
 * observed counts more than what a peer says of itself.
 * @param address a multiaddr
 * @returns such as `192.0.2.0/24`; undefined when the address has no IP
 */
export function observedPrefix(address: string): string | undefined {
  const [, kind, ip = ''] = address.split('/')
  if (kind === 'ip4') return `${ip.split('.').slice(0, 3).join('.')}.0/24`
  if (kind !== 'ip6') return undefined
  const [head = ''] = ip.split('::')
  const groups = head === '' ? [] : head.split(':').slice(0, 3)
  return `${[...groups, '0', '0', '0'].slice(0, 3).join(':')}::/48`
}
