/**
 * What a member may be, the one who may do most first. Each may ask for all that those after it may; what exactly is in
 * permissions.ts.
 *
 * - `storage`: keeps shards for others
 * - `gateway`: serves requests from outside the network
 * - `client`: stores and reads objects
 * - `verifier`: checks what is stored, without reading or changing it
 */
export const roles = ['storage', 'gateway', 'client', 'verifier'] as const
export type Role = (typeof roles)[number]

/** An `authority` signs; it is nobody's peer. */
export type SignerRole = 'authority' | Role
export const signerRoles = ['authority', ...roles] as const

/** The lesser of two. */
export function narrower(a: SignerRole, b: SignerRole): SignerRole {
  return signerRoles.indexOf(a) > signerRoles.indexOf(b) ? a : b
}
