import type { ShardLocation } from '@p2pstore/node'
import type { ManualClock, MemoryStore } from '@p2pstore/node/memory'
import type { Peer } from '../src/cluster.ts'

/** Bugs to plant: stores and peers that break one promise each and are otherwise as they should be. */

/** The same object but for the methods given. */
function withChanges<T extends object>(target: T, changes: Partial<T>): T {
  return new Proxy(target, {
    get(_, name) {
      const value = Reflect.get(name in changes ? changes : target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** Acknowledges every other shard without keeping it. */
export function forgetfulStore(store: MemoryStore): MemoryStore {
  let puts = 0
  return withChanges(store, {
    async put(write, options) {
      const location = await store.put(write, options)
      puts += 1
      if (puts % 2 === 0) await store.delete(write.id)
      return location
    },
  })
}

/** Acknowledges before anything is durable. */
export function hastyStore(store: MemoryStore): MemoryStore {
  return withChanges(store, { put: (write, options) => store.put(write, { ...options, durability: 'memory' }) })
}

/** Loses every shard some time after it was stored. */
export function fadingStore(store: MemoryStore, clock: ManualClock): MemoryStore {
  return withChanges(store, {
    async put(write, options) {
      const location = await store.put(write, options)
      clock.setTimer(20_000, () => void store.delete(write.id))
      return location
    },
  })
}

/** Says that it has deleted what it keeps. */
export function hoardingStore(store: MemoryStore): MemoryStore {
  return withChanges(store, { delete: async (id) => store.stat(id) !== undefined })
}

/** Keeps what is damaged when it is given a right copy. */
export function stubbornStore(store: MemoryStore): MemoryStore {
  return withChanges(store, {
    put: async (write, options): Promise<ShardLocation> => store.stat(write.id) ?? store.put(write, options),
  })
}

/** Has a timer that is never cancelled. */
export function restlessStore(store: MemoryStore, clock: ManualClock): MemoryStore {
  const tick = (): void => void clock.setTimer(10_000, tick)
  tick()
  return store
}

/** Leaves a failure behind that nobody hears of. */
export function carelessStore(store: MemoryStore): MemoryStore {
  return withChanges(store, {
    put(write, options) {
      void Promise.reject(new Error('nobody knows'))
      return store.put(write, options)
    },
  })
}

/** Never says whether a put is done. */
export function absentPeer(peer: Peer): Peer {
  return withChanges(peer, { put: () => new Promise(() => {}) })
}

/** Returns bytes of which one is wrong. */
export function lyingPeer(peer: Peer): Peer {
  return withChanges(peer, {
    async *get(capability, options) {
      for await (const piece of peer.get(capability, options)) {
        const wrong = piece.slice()
        wrong[wrong.length - 1]! ^= 0x10
        yield wrong
      }
    },
  })
}

/** Takes the end of the first piece for the end of the object. */
export function hurriedPeer(peer: Peer): Peer {
  return withChanges(peer, {
    async *get(capability, options) {
      for await (const piece of peer.get(capability, options)) {
        yield piece.subarray(0, piece.length - 1)
        return
      }
    },
  })
}

/** Gives up reading for no reason, and `failure` says why. */
export function wearyPeer(failure: () => Error): (peer: Peer) => Peer {
  return (peer) =>
    withChanges(peer, {
      // biome-ignore lint/correctness/useYield: fails before it has anything to yield
      async *get() {
        throw failure()
      },
    })
}
