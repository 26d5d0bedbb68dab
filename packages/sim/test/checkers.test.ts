import { StoreError } from '@p2pstore/node/memory'
import { describe, expect, test } from 'vitest'
import type { Plants } from '../src/cluster.ts'
import type { Profile } from '../src/profile.ts'
import { simulate } from '../src/simulate.ts'
import * as plants from './plants.ts'

/** A short run in which everything that a checker looks at happens. */
const brief: Partial<Profile> = {
  nodes: 4,
  clients: 2,
  durationMs: 10_000,
  pauseMs: 1_000,
  faultGapMs: 4_000,
  latencyMs: 2,
  faults: [],
  schemes: ['rs:2+1', 'mirror:3'],
  acknowledge: ['all'],
  durability: ['durable'],
}

const bugs: readonly [name: string, checker: string, planted: Plants, profile?: Partial<Profile>][] = [
  ['a read returns a wrong byte', 'wrong-bytes', { peer: plants.lyingPeer }],
  ['a read ends early', 'wrong-bytes', { peer: plants.hurriedPeer }],
  ['a read fails for no reason', 'availability', { peer: plants.wearyPeer(() => new StoreError('STORE_FULL', 'no')) }],
  ['a read fails as if for good', 'availability', { peer: plants.wearyPeer(() => new Error('no')) }],
  ['acknowledged shards are dropped', 'availability', { store: plants.forgetfulStore }],
  [
    'shards are acknowledged before they are durable',
    'availability|durability',
    { store: plants.hastyStore },
    { faults: ['power-cut'] },
  ],
  ['shards fade away', 'durability', { store: plants.fadingStore }],
  ['deleted shards stay', 'leftovers', { store: plants.hoardingStore }],
  ['damaged shards stay after a repair', 'repair', { store: plants.stubbornStore }, { faults: ['corrupt'] }],
  ['a timer is never cancelled', 'quiescence', { store: plants.restlessStore }],
  ['a failure is not handled', 'quiescence', { store: plants.carelessStore }],
  ['an operation never ends', 'quiescence', { peer: plants.absentPeer }],
]

describe('a planted bug is caught', () => {
  test.each(bugs)('%s: %s', async (_, checker, planted, profile = {}) => {
    const { violation } = await simulate({ seed: 7, profile: { ...brief, ...profile }, plants: planted })
    expect(violation?.checker, violation?.message).toMatch(new RegExp(`^(${checker})$`))
  })

  test('and without one such a run passes', async () => {
    const { violation } = await simulate({ seed: 7, profile: { ...brief, faults: ['power-cut', 'corrupt'] } })
    expect(violation).toBeUndefined()
  })
})
