import type { SignalOption } from './client.ts'
import { systemClock } from './clock/system-clock.ts'
import { LocalControl } from './control/local-control.ts'
import type { NodeControl } from './control/node-control.ts'
import { createClient } from './create-client.ts'
import { openHome } from './home/home.ts'
import { openHomeScrub } from './home/home-scrub.ts'
import { openHomeUnits } from './home/home-units.ts'
import type { PassphraseSource } from './identity/identity-file.ts'
import { silentLogger } from './logger/silent-logger.ts'
import type { Clock } from './ports/clock.ts'
import type { Logger } from './ports/logger.ts'
import type { Random } from './ports/random.ts'
import { systemRandom } from './random/system-random.ts'
import { StoreError } from './store/store-error.ts'
import type { Units } from './store/units/units.ts'

export interface ControlOptions extends SignalOption {
  /** The home of the node. */
  readonly directory: string
  /** Opens the home's key, if it is protected. */
  readonly passphrase?: PassphraseSource | undefined
  /** As the node would be started with; see NodeOptions. */
  readonly storeDirectory?: string | undefined
  readonly capacityBytes?: number | undefined
  readonly scrubPeriodMs?: number | undefined
  /** Multiaddrs of members to find the running node with, besides those the home knows. */
  readonly bootstrap?: readonly string[] | undefined
  readonly mdns?: boolean | undefined
  /** Default: none. */
  readonly logger?: Logger | undefined
}

export interface OpenControl extends AsyncDisposable {
  /** Of the node. */
  readonly peerId: string
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
  const { peerId } = (await openHome(directory, systemClock, options.passphrase)).identity
  try {
    const parts = { clock: systemClock, random: systemRandom, logger }
    const units = await openHomeUnits({ peerId, directory, storeDirectory, capacityBytes, ...parts })
    return { peerId, ...(await offline(options, units, parts)) }
  } catch (failure) {
    if (!(failure instanceof StoreError) || failure.code !== 'DIRECTORY_IN_USE') throw failure
  }
  const client = await createClient(options)
  return { peerId, control: client.control(peerId), isRunning: true, [Symbol.asyncDispose]: () => client.close() }
}

/** Its scrub does nothing before it is hurried. */
async function offline(
  { directory, scrubPeriodMs: periodMs }: ControlOptions,
  units: Units,
  parts: { readonly clock: Clock; readonly random: Random; readonly logger: Logger },
): Promise<Omit<OpenControl, 'peerId'>> {
  try {
    const scrub = await openHomeScrub({ directory, store: units, periodMs, ...parts })
    const control = new LocalControl({ units, scrub })
    const close = async (): Promise<void> => {
      await scrub.stop()
      await units.close()
    }
    return { control, isRunning: false, [Symbol.asyncDispose]: close }
  } catch (failure) {
    await units.close()
    throw failure
  }
}
