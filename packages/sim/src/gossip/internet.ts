/**
 * Round trips as between homes and machine halls around the world: places in clusters on a sphere, light in glass at two
 * thirds of its speed over ways a good half longer than the shortest, a detour of each pair's own, and each node's last mile.
 */
export function syntheticInternet(nodeCount: number, random: () => number): (a: number, b: number) => number {
  const chance = (): number => random() / 2 ** 32
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance())
  const regions = Array.from({ length: 12 }, () => onSphere(chance() * 2 - 1, chance() * 2 * Math.PI))
  const nodes = Array.from({ length: nodeCount }, () => {
    const region = regions[Math.floor(chance() * regions.length)]!
    const spread = 0.05
    const place = region.map((x) => x + spread * normal())
    const length = Math.hypot(...place)
    return { place: place.map((x) => x / length), lastMileUs: 1_000 + 4_000 * chance() ** 2 }
  })
  const detours = new Map<string, number>()
  return (a, b) => {
    const [near, far] = [nodes[Math.min(a, b)]!, nodes[Math.max(a, b)]!]
    const key = `${Math.min(a, b)} ${Math.max(a, b)}`
    const detour = detours.get(key) ?? Math.max(1.1, 1.6 * (1 + 0.1 * normal()))
    detours.set(key, detour)
    const cosine = near.place.reduce((sum, x, i) => sum + x * far.place[i]!, 0)
    const arcKm = 6_371 * Math.acos(Math.min(1, Math.max(-1, cosine)))
    return (2 * arcKm * detour) / 0.2 + near.lastMileUs + far.lastMileUs
  }
}

function onSphere(z: number, angle: number): number[] {
  const radius = Math.sqrt(1 - z * z)
  return [radius * Math.cos(angle), radius * Math.sin(angle), z]
}
