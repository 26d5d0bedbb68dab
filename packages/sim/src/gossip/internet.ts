/**
 * Round trips as between homes and machine halls around the world: places in clusters on a sphere, light in glass at two
 * thirds of its speed over ways a good half longer than the shortest, a detour of each pair's own, and each node's last mile.
 */
export function syntheticInternet(nodeCount: number, random: () => number): (a: number, b: number) => number {
  const chance = (): number => random() / 2 ** 32
  const normal = (): number => normalOf(random())
  const regions = Array.from({ length: 12 }, () => onSphere(chance() * 2 - 1, chance() * 2 * Math.PI))
  const nodes = Array.from({ length: nodeCount }, () => {
    const region = regions[Math.floor(chance() * regions.length)]!
    const spread = 0.05
    const place = region.map((x) => x + spread * normal())
    const length = Math.hypot(...place)
    return { place: place.map((x) => x / length), lastMileUs: 1_000 + 4_000 * chance() ** 2 }
  })
  const salt = random()
  return (a, b) => {
    const [near, far] = [nodes[Math.min(a, b)]!, nodes[Math.max(a, b)]!]
    const detour = Math.max(1.1, 1.6 * (1 + 0.1 * normalOf(Math.min(a, b) * nodeCount + Math.max(a, b) + salt)))
    const cosine = near.place.reduce((sum, x, i) => sum + x * far.place[i]!, 0)
    const arcKm = 6_371 * Math.acos(Math.min(1, Math.max(-1, cosine)))
    return (2 * arcKm * detour) / 0.2 + near.lastMileUs + far.lastMileUs
  }
}

function onSphere(z: number, angle: number): number[] {
  const radius = Math.sqrt(1 - z * z)
  return [radius * Math.cos(angle), radius * Math.sin(angle), z]
}

/** Always the same for the same number, and over many numbers distributed like a normal variable: Box and Muller's method. */
function normalOf(number: number): number {
  const [length, angle] = [mixed(number), mixed(number + 0x9e3779b9)]
  return Math.sqrt(-2 * Math.log(1 - length)) * Math.cos(2 * Math.PI * angle)
}

/** The finish of MurmurHash3, as a fraction of 1. */
function mixed(number: number): number {
  let hash = number | 0
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}
