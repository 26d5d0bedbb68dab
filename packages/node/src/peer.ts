import type { TypedEventTarget } from 'main-event'
import type { PeerEvents } from './events.ts'
import type { Network } from './network.ts'
import type { Clock } from './ports/clock.ts'
import type { Logger } from './ports/logger.ts'
import type { Random } from './ports/random.ts'
import type { Codings } from './transfer/coding.ts'
import type { ReadPace } from './transfer/pace.ts'

/** What every walk (put, get, verify, repair, …) needs of the peer it runs on. */
export interface Peer {
  /** 16 bytes. */
  readonly networkId: Uint8Array
  readonly network: Network
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly codings: Codings
  readonly pace: ReadPace
  readonly events: TypedEventTarget<PeerEvents>
}
