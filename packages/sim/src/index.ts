export type { Peer, Plants } from './cluster.ts'
export { type Outcome, simulate } from './simulate.ts'
export { Violation } from './violation.ts'
export type { WorldOptions } from './world.ts'
