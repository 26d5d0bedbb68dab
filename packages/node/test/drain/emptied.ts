import { systemClock as clock } from '../../src/clock/system-clock.ts'
import { createIdentity } from '../../src/identity/identity.ts'
import { certify } from '../../src/membership/authority.ts'
import type { MemoryNetwork } from '../../src/memory-network.ts'
import type { Logger } from '../../src/ports/logger.ts'
import type { UnitStore } from '../../src/ports/shard-store.ts'
import { systemRandom as random } from '../../src/random/system-random.ts'
import { Scrub } from '../../src/scrub/scrub.ts'
import { StorageNode } from '../../src/storage-node.ts'
import { createMemoryStore, type MemoryStore } from '../../src/store/memory.ts'
import { newEntry } from '../../src/store/units/unit-entry.ts'
import { openUnits, type Units } from '../../src/store/units/units.ts'

const capacityBytes = 64 << 20

/** A node that can be emptied, with all that a test looks at. */
export interface Emptied {
  readonly node: StorageNode
  readonly units: Units
  readonly scrub: Scrub
  readonly store: MemoryStore & UnitStore
}

/** Adds a node of one unit to a network, which doesn't close it. */
export async function addEmptied(network: MemoryNetwork, logger: Logger): Promise<Emptied> {
  const store = createMemoryStore({ capacityBytes, clock }) as MemoryStore & UnitStore
  const units = await openUnits(
    { units: [newEntry({ kind: 'directory', path: 'a' })], discardedRuns: [], isDraining: false },
    {
      ...{ clock, random, logger },
      open: async () => store,
      isAt: () => false,
      capacityOf: async () => capacityBytes,
      save: async () => {},
      look: async () => {},
      askDisk: async () => 'unknown',
      release: async () => {},
    },
  )
  const scrub = new Scrub({
    ...{ store: units, clock, random, logger },
    periodMs: 1e9,
    state: undefined,
    save: async () => {},
  })
  const identity = createIdentity(random.bytes(32))
  const { peerId } = identity
  const node = new StorageNode({
    ...{ clock, random, logger, identity, store: units },
    credential: certify(network.authority, peerId, { role: 'storage', expiresAtMs: 0 }),
    transport: network.hub.transport(peerId, { address: `/memory/p2p/${peerId}` }),
    bootstrap: network.nodes.map(({ identity: other }) => `/memory/p2p/${other.peerId}`),
    upkeep: { units, scrub },
  })
  await node.start()
  return { node, units, scrub, store }
}
