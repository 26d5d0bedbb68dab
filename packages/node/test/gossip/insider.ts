import { type MemberRecord, type SignedRecord, signRecord } from '@p2pstore/state'
import { RpcMessenger } from '../../src/gossip/rpc-messenger.ts'
import { createIdentity, type Identity } from '../../src/identity/identity.ts'
import { silentLogger } from '../../src/logger/silent-logger.ts'
import { certify } from '../../src/membership/authority.ts'
import { RollDoorman } from '../../src/membership/doorman.ts'
import type { Role } from '../../src/membership/role.ts'
import { Roll } from '../../src/membership/roll.ts'
import type { MemoryNetwork } from '../../src/memory-network.ts'
import type { Clock } from '../../src/ports/clock.ts'
import { createRpc, type Rpc } from '../../src/protocol/rpc.ts'
import { dispatcher } from '../../src/serve/dispatcher.ts'

/** A member that says to others what it likes. */
export interface Insider {
  readonly identity: Identity
  readonly messenger: RpcMessenger
  readonly rpc: Rpc
}

export async function createInsider(
  { authority, hub }: MemoryNetwork,
  clock: Clock,
  role: Role = 'client',
): Promise<Insider> {
  const identity = identityOf(9_999)
  const { peerId } = identity
  const credential = certify(authority, peerId, { role, expiresAtMs: 0 })
  const doorman = new RollDoorman({ identity, credential, roll: new Roll(authority.founder), clock })
  const transport = hub.transport(peerId, { address: addressOf(peerId) })
  const rpc = createRpc({ transport, clock, logger: silentLogger, doorman, handler: dispatcher(new Map()) })
  await rpc.start()
  return { identity, rpc, messenger: new RpcMessenger({ rpc, addressesOf: (id) => [addressOf(id)] }) }
}

export function identityOf(number: number): Identity {
  const seed = Buffer.alloc(32)
  seed.writeUInt32BE(number + 1)
  return createIdentity(new Uint8Array(seed))
}

/** What an enormous, idle node would say of itself. */
export function recordBy(identity: Identity, clock: Clock, change: Partial<MemberRecord> = {}): SignedRecord {
  const { peerId } = identity
  const record: MemberRecord = {
    ...{ peerId, incarnation: clock.nowMs(), version: 1, timestampMs: clock.nowMs(), renewMs: 3_600_000 },
    ...{ roles: ['storage'], addresses: [addressOf(peerId)], group: 'default', domain: peerId, tags: [], links: [] },
    units: [{ id: 'disk', totalBytes: 2 ** 48, freeBytes: 2 ** 48, outlook: 'good' }],
    draining: false,
    ...change,
  }
  return signRecord(record, (payload) => identity.sign(payload))
}

function addressOf(peerId: string): string {
  return `/memory/p2p/${peerId}`
}
