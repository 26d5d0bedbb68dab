/**
 * A network in memory: transports of any number of peers in one process, between which bytes travel on the hub's clock. Ways
 * between peers can be slow, narrow or cut, each direction by itself, and peers can crash.
 *
 * A cut is what a broken network is to TCP: nothing arrives, nobody is told, and all that was sent arrives when it heals.
 * `drop` is what follows when it lasts: the connection ends at both ends. Every peer that listens can be found by its id.
 */
import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import type { Transport } from '../../ports/transport.ts'
import { type Conditions, perfectConditions } from './conditions.ts'
import { MemoryNetwork } from './network.ts'
import { MemoryTransport } from './transport.ts'

export interface MemoryHub {
  /** A transport for a peer. With an address (any text) it listens there and can be dialled, unless it is shielded. */
  transport(peerId: string, options?: { address?: string; isShielded?: boolean }): Transport
  /** Lets nothing through in this direction until it heals. */
  cut(from: string, to: string): void
  heal(from: string, to: string): void
  /** Cuts all ways between peers of different groups; peers in no group keep theirs. */
  partition(groups: Iterable<Iterable<string>>): void
  /** Ends every cut. */
  healAll(): void
  /** Breaks every stream between two peers. */
  drop(peerId: string, other: string): void
  /** Breaks every stream of a peer; it can neither dial nor be dialled any more. Its id may then get a new transport. */
  crash(peerId: string): void
}

export interface MemoryHubOptions {
  readonly clock: Clock
  readonly random: Random
  /** Default: no latency, no limit. */
  readonly conditions?: Conditions
}

export function createMemoryHub({ clock, random, conditions = perfectConditions }: MemoryHubOptions): MemoryHub {
  const network = new MemoryNetwork(clock, random, conditions)
  return {
    transport: (peerId, { address, isShielded = false } = {}) =>
      new MemoryTransport(network, peerId, address, isShielded),
    cut: (from, to) => network.cut(from, to),
    heal: (from, to) => network.heal((cut) => cut.from === from && cut.to === to),
    healAll: () => network.heal(() => true),
    drop: (peerId, other) => network.breakOff(peerId, other, new Error('the connection broke')),
    crash: (peerId) => network.remove(peerId, new Error('the connection broke')),
    partition(groups) {
      const lists = [...groups].map((group) => [...group])
      for (const group of lists) {
        const others = lists.filter((list) => list !== group).flat()
        for (const from of group) for (const to of others) network.cut(from, to)
      }
    },
  }
}
