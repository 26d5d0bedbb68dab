import { Client, type SignalOption } from './client.ts'
import { systemClock } from './clock/system-clock.ts'
import { CodedError } from './coded-error.ts'
import { openHome } from './home/home.ts'
import { createIdentity, type Identity, identitySeedBytes } from './identity/identity.ts'
import type { PassphraseSource } from './identity/identity-file.ts'
import { silentLogger } from './logger/silent-logger.ts'
import { type Credential, networkIdOf } from './membership/certificate.ts'
import { acceptForSession, openSession, parseInvite } from './membership/invite.ts'
import type { Roll } from './membership/roll.ts'
import type { Logger } from './ports/logger.ts'
import { systemRandom } from './random/system-random.ts'

export class JoinError extends CodedError<'NETWORK_UNREACHABLE'> {}

export interface ClientOptions extends SignalOption {
  /** The home of a member; the client gets a key of its own, certified by the member's. Either this or `invite`. */
  readonly directory?: string | undefined
  /** Opens the home's key, if it is protected. */
  readonly passphrase?: PassphraseSource | undefined
  /** The text of an invite; the client is a member for as long as the invite is good, and nothing is written to disk. */
  readonly invite?: string | undefined
  /** Members of one group tell each other everything, usually those of one local network. Default `default`. */
  readonly group?: string | undefined
  /** Multiaddrs of members to start with, besides those that home or invite know. */
  readonly bootstrap?: readonly string[] | undefined
  /** Look for members on the local network too. Default false. */
  readonly mdns?: boolean | undefined
  /** Default: none. */
  readonly logger?: Logger | undefined
}

/**
 * Connects to a network as a member that stores nothing.
 * @throws JoinError NETWORK_UNREACHABLE, HomeError, MembershipError INVITE_INVALID; what members said who did not let it in,
 *   such as WRONG_NETWORK or MEMBERSHIP_EXPIRED; TypeError without directory or invite
 */
export async function createClient(options: ClientOptions): Promise<Client> {
  const identity = createIdentity(systemRandom.bytes(identitySeedBytes))
  const { credential, known, roll } = await admission(options, identity)
  const bootstrap = [...known, ...(options.bootstrap ?? [])]
  const { createLibp2pTransport } = await import('./transport/libp2p/transport.ts')
  const transport = createLibp2pTransport({
    identity,
    listen: [],
    bootstrap,
    networkId: Buffer.from(networkIdOf(credential.authority)).toString('hex'),
    mdns: options.mdns ?? false,
  })
  const logger = options.logger ?? silentLogger
  const client = new Client({
    identity,
    credential,
    transport,
    clock: systemClock,
    random: systemRandom,
    logger,
    bootstrap,
    roll,
    group: options.group,
  })
  const { isFound, refusal } = await client.start(options)
  if (isFound) return client
  await client.close()
  options.signal?.throwIfAborted()
  throw refusal ?? new JoinError('NETWORK_UNREACHABLE', unreachable(bootstrap), { retryable: true })
}

interface Admission {
  readonly credential: Credential
  readonly known: readonly string[]
  readonly roll?: Roll
}

/** What lets this new identity in, and where the network may be found. */
async function admission({ directory, invite, passphrase }: ClientOptions, identity: Identity): Promise<Admission> {
  if (invite !== undefined) {
    const parsed = parseInvite(invite)
    return { credential: acceptForSession(parsed, identity.peerId), known: parsed.bootstrap }
  }
  if (directory === undefined) throw new TypeError('a client needs the directory of a home, or an invite')
  const { credential, identity: member, bootstrap, roll } = await openHome(directory, systemClock, passphrase)
  const renewed = roll.credentialOf(member.peerId) ?? credential
  return { credential: openSession(renewed, member, identity.peerId), known: bootstrap, roll }
}

function unreachable(bootstrap: readonly string[]): string {
  return bootstrap.length === 0
    ? 'no address of any member is known; start a node first, or name one with a bootstrap address'
    : `none of the ${bootstrap.length} known addresses of the network answered; check that a node is running and can be reached`
}
