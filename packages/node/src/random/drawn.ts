import type { Random } from '../ports/random.ts'

/** Some of the items, all of them by default, each at most once and in any order. */
export function drawn<T>(items: readonly T[], random: Random, count = items.length): T[] {
  const left = [...items]
  return Array.from({ length: Math.min(count, left.length) }, () => left.splice(random.uint32() % left.length, 1)[0]!)
}
