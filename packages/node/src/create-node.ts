import type { SignalOption } from './client.ts'
import { systemClock } from './clock/system-clock.ts'
import { openHealthFace } from './face/open-health-face.ts'
import { openHome } from './home/home.ts'
import { openHomeScrub } from './home/home-scrub.ts'
import { openHomeUnits } from './home/home-units.ts'
import { rememberAddresses } from './home/remember-addresses.ts'
import { saveRoll } from './home/roll-file.ts'
import type { PassphraseSource } from './identity/identity-file.ts'
import { silentLogger } from './logger/silent-logger.ts'
import { networkIdOf } from './membership/certificate.ts'
import type { Logger } from './ports/logger.ts'
import { systemRandom } from './random/system-random.ts'
import { type Whereabouts, whereaboutsOf } from './self/whereabouts.ts'
import { StorageNode } from './storage-node.ts'
import type { RelayRole } from './transport/libp2p/relay-role.ts'

export interface NodeOptions extends SignalOption, Whereabouts {
  /** The home that `foundNetwork` or `joinNetwork` made. */
  readonly directory: string
  /** A directory to keep shards in, in addition to the units that the home knows. Default: `store` in a new home. */
  readonly storeDirectory?: string | undefined
  /** Opens the home's key, if it is protected. */
  readonly passphrase?: PassphraseSource | undefined
  /** Multiaddrs to listen on. Default: TCP port 7420 of every interface. */
  readonly listen?: readonly string[] | undefined
  /** Multiaddrs at which others reach this node too, by way of a router that forwards a port. Default: none. */
  readonly announce?: readonly string[] | undefined
  /** What the first unit may occupy, unless it has been resized. Default: its whole file system, less a reserve. */
  readonly capacityBytes?: number | undefined
  /** In how long everything that the node holds is read once, to find damage. Default: 30 days. */
  readonly scrubPeriodMs?: number | undefined
  /** Members of one group tell each other everything, usually those of one local network. Default `default`. */
  readonly group?: string | undefined
  /** Multiaddrs of members to start with, besides those the home knows. */
  readonly bootstrap?: readonly string[] | undefined
  /** Look for members on the local network too. Default false. */
  readonly mdns?: boolean | undefined
  /**
   * What to do about members that others can't dial: `serve` carries for them, `use` has others carry for this node, as far
   * as they do, `auto` only as long as no other member can dial it. Default `off`: neither.
   */
  readonly relay?: RelayRole | undefined
  /**
   * Where outsiders may ask over HTTP how the node is, such as `127.0.0.1:7421`: `/health` and `/metrics`. Default: nowhere.
   */
  readonly health?: string | undefined
  /** What one member may ask of this node; who asks faster waits. Default 20,000. */
  readonly requestsPerSecond?: number | undefined
  /**
   * What this node sends of state, on average, in bytes a second: at least 1,024, at most 1 GiB. In a large network
   * less means that records are renewed more rarely. Default 16 KiB.
   */
  readonly stateBytesPerSecond?: number | undefined
  /** Default: none. */
  readonly logger?: Logger | undefined
}

export const defaultListen = ['/ip4/0.0.0.0/tcp/7420'] as const

/**
 * Starts a storage node. It serves until it is closed, also while none of the other members can be reached.
 * @throws FaceError, HomeError, IdentityError, MembershipError, StoreError DIRECTORY_IN_USE (the home, or each unit),
 *   TransportError ADDRESS_IN_USE;
 *   RangeError
 */
export async function createNode(options: NodeOptions): Promise<StorageNode> {
  assertStateRate(options.stateBytesPerSecond)
  const home = await openHome(options.directory, systemClock, options.passphrase)
  const logger = options.logger ?? silentLogger
  const clock = systemClock
  const { storeDirectory, capacityBytes } = options
  const { directory } = home
  const { peerId } = home.identity
  const units = await openHomeUnits({
    peerId,
    directory,
    storeDirectory,
    capacityBytes,
    clock,
    logger,
    random: systemRandom,
  })
  try {
    const { createLibp2pTransport } = await import('./transport/libp2p/transport.ts')
    const bootstrap = [...home.bootstrap, ...(options.bootstrap ?? [])]
    const transport = createLibp2pTransport({
      identity: home.identity,
      listen: options.listen ?? defaultListen,
      announce: options.announce ?? [],
      bootstrap,
      networkId: Buffer.from(networkIdOf(home.credential.authority)).toString('hex'),
      mdns: options.mdns ?? false,
      relay: options.relay ?? 'off',
      isMember: (peerId) => home.roll.grantOf(peerId) !== undefined,
    })
    const { identity, credential, roll } = home
    const rollStorage = { save: () => saveRoll(home.directory, roll, clock.nowMs()) }
    const membership = { identity, credential, roll, rollStorage }
    const place = { transport, clock, random: systemRandom, logger, bootstrap }
    const { scrubPeriodMs: periodMs, requestsPerSecond, stateBytesPerSecond, group } = options
    const scrub = await openHomeScrub({ directory, store: units, periodMs, clock, logger, random: systemRandom })
    const parts = { ...membership, ...place, store: units, upkeep: { units, scrub } }
    const node = new StorageNode({ ...parts, ...whereaboutsOf(options), group, requestsPerSecond, stateBytesPerSecond })
    const { refusal } = await node.start(options)
    if (refusal) logger.error({ code: refusal.code, reason: refusal.message }, 'a member does not let this node in')
    if (options.health !== undefined) {
      const address = await openHealthFace(node, options.health)
      logger.info({ address }, 'anyone is told over HTTP how this node is')
    }
    await rememberAddresses(node, home, clock, logger)
    return node
  } catch (failure) {
    await units.close()
    throw failure
  }
}

function assertStateRate(bytes: number | undefined): void {
  if (bytes === undefined || (Number.isInteger(bytes) && bytes >= 2 ** 10 && bytes <= 2 ** 30)) return
  throw new RangeError(`state may take 1 KiB to 1 GiB a second, not ${bytes} B`)
}
