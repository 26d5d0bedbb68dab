import type { SignalOption } from './client.ts'
import { systemClock } from './clock/system-clock.ts'
import type { NodeControl } from './control/node-control.ts'
import { UnitControl } from './control/unit-control.ts'
import { createClient } from './create-client.ts'
import { openHome } from './home/home.ts'
import { openHomeUnits } from './home/home-units.ts'
import { silentLogger } from './logger/silent-logger.ts'
import type { Logger } from './ports/logger.ts'
import { systemRandom } from './random/system-random.ts'
import { StoreError } from './store/store-error.ts'

export interface ControlOptions extends SignalOption {
  /** The home of the node. */
  readonly directory: string
  /** As the node would be started with; see NodeOptions. */
  readonly storeDirectory?: string | undefined
  readonly capacityBytes?: number | undefined
  /** Multiaddrs of members to find the running node with, besides those the home knows. */
  readonly bootstrap?: readonly string[] | undefined
  readonly mdns?: boolean | undefined
  /** Default: none. */
  readonly logger?: Logger | undefined
}

export interface OpenControl extends AsyncDisposable {
  readonly control: NodeControl
  /** Whether the node runs. If not, what was begun rests once this is disposed of, and goes on when the node is started. */
  readonly isRunning: boolean
}

/**
 * Control of the node of a home: over the network while it runs, else of the home itself, which can't be started meanwhile.
 * @throws HomeError; JoinError NETWORK_UNREACHABLE when the node runs and can't be reached; what opening the units throws
 */
export async function openControl(options: ControlOptions): Promise<OpenControl> {
  const { directory, storeDirectory, capacityBytes, logger = silentLogger } = options
  const { peerId } = (await openHome(directory, systemClock)).identity
  try {
    const parts = { clock: systemClock, random: systemRandom, logger }
    const units = await openHomeUnits({ peerId, directory, storeDirectory, capacityBytes, ...parts })
    return { control: new UnitControl(units), isRunning: false, [Symbol.asyncDispose]: () => units.close() }
  } catch (failure) {
    if (!(failure instanceof StoreError) || failure.code !== 'DIRECTORY_IN_USE') throw failure
  }
  const client = await createClient(options)
  return { control: client.control(peerId), isRunning: true, [Symbol.asyncDispose]: () => client.close() }
}
