import type { MemberRecord } from './member.ts'

/**
 * Whether others should hear of a change at once, because they would do the wrong thing until then: the node is being
 * emptied, takes no more, is full, changes what it is for, or the reverse.
 */
export function isUrgent(before: MemberRecord, after: MemberRecord): boolean {
  return (
    before.incarnation !== after.incarnation ||
    before.draining !== after.draining ||
    isClosed(before) !== isClosed(after) ||
    isFull(before) !== isFull(after) ||
    before.roles.join() !== after.roles.join() ||
    before.units.some(({ outlook }, i) => outlook !== 'failing' && after.units[i]?.outlook === 'failing')
  )
}

function isClosed({ service }: MemberRecord): boolean {
  return service?.admission === 'closed'
}

/** Less than a hundredth is left. */
function isFull({ units }: MemberRecord): boolean {
  const free = units.reduce((sum, { freeBytes }) => sum + freeBytes, 0)
  const total = units.reduce((sum, { totalBytes }) => sum + totalBytes, 0)
  return free * 100 < total
}
