import type { StorageMember } from '../src/storage-member.ts'

/** A storage node half full, in one of so many racks, that is up and well unless it is said otherwise. */
export function member(number: number, racks: number, change: Partial<StorageMember> = {}): StorageMember {
  return {
    ...{
      peerId: `n${number}`,
      domain: `rack-${number % racks}`,
      toldDomain: `rack-${number % racks}`,
      group: 'default',
      addresses: [],
      tags: [],
    },
    ...{
      availability: 'up',
      draining: false,
      isRelayed: false,
      isUnreachable: false,
      available: true,
      failingUnits: 0,
      wornUnits: 0,
    },
    ...{ totalBytes: 2 ** 30, freeBytes: 2 ** 29, heldBytes: 2 ** 29, weight: 512, load: 500 },
    ...{ region: undefined, site: undefined, rack: undefined, machine: undefined, position: undefined },
    ...{ networkPrefix: undefined, service: undefined, read: undefined, write: undefined, roundTripMs: undefined },
    ...change,
  }
}
