export { type Outcome, simulate } from './simulate.ts'
export { Violation } from './violation.ts'
export type { Peer, Plants, WorldOptions } from './world.ts'
