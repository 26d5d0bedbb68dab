/** What a node asks of others to learn whether it can be dialled; see self/reachability.ts. */
import * as v from 'valibot'

/** As in a member's record. */
export const mostAddresses = 16
const address = v.pipe(v.string(), v.maxLength(256))

/**
 * Has the node dial its caller over a new connection: → whether it could. It tries only addresses at the IP at which it
 * sees the caller; when there is none, it could not.
 */
export const reachTry = {
  method: 'reach.try',
  request: v.strictObject({ addresses: v.pipe(v.array(address), v.maxLength(mostAddresses)) }),
  reply: v.strictObject({ reached: v.boolean() }),
} as const
