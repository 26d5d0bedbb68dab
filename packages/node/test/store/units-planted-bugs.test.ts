/**
 * The histories of units are only worth their time if they notice mistakes. With each of these, which a store over several units
 * is easily written with, some seed must fail, as none does without (units-histories.test.ts).
 */
import { afterEach, describe, expect, test, vi } from 'vitest'
import { Turns } from '../../src/store/segment/turns.ts'
import type { MoveComponents, MoveOutcome } from '../../src/store/units/move-shard.ts'
import type { Unit } from '../../src/store/units/unit.ts'

type EmptyModule = typeof import('../../src/store/units/empty-unit.ts')
type MemoryModule = typeof import('../../src/store/units/unit-memory.ts')
type MoveModule = typeof import('../../src/store/units/move-shard.ts')
type UnitModule = typeof import('../../src/store/units/unit.ts')

const seedLimit = 400
const patienceMs = 600_000

/** A module of store/units with one function that is wrong. */
const mistakes: Record<string, [module: string, wrong: (right: never) => object]> = {
  'moves that delete before the copy is acknowledged': [
    'move-shard',
    ({ moveShard }: MoveModule) => ({
      moveShard: async (id: Uint8Array, source: Unit, { units, turns }: MoveComponents): Promise<MoveOutcome> => {
        const body = await source.get(id).catch(() => undefined)
        const runId = await source.runOf(id).catch(() => undefined)
        const location = source.stat(id)
        if (body === undefined || runId === undefined || location === undefined)
          return moveShard(id, source, { units, turns })
        const { Uint8ArrayList } = await import('uint8arraylist')
        await source.delete(id).catch(() => {})
        const target = units.choose(body.length, new Set([source]))
        await target?.put({ ...location, id, runId, body: new Uint8ArrayList(body) }, {}).catch(() => {})
        return 'moved'
      },
    }),
  ],
  'moves that do not wait for their turn': [
    'move-shard',
    ({ moveShard }: MoveModule) => ({
      moveShard: (id: Uint8Array, source: Unit, { units }: MoveComponents) =>
        moveShard(id, source, { units, turns: new Turns() }),
    }),
  ],
  'a unit that is forgotten before it is empty': [
    'empty-unit',
    (right: EmptyModule) => ({ ...right, emptyUnit: async () => 0 }),
  ],
  'a unit that is being emptied, or was away, takes new shards': [
    'unit',
    ({ Unit }: UnitModule) => ({
      Unit: class extends Unit {
        override get accepts(): boolean {
          return this.failure === undefined
        }
      },
    }),
  ],
  'a unit that comes back with what it had': ['drop-copies', () => ({ dropCopies: async () => {} })],
  'that a unit was left behind is not remembered': [
    'unit-memory',
    ({ UnitMemory }: MemoryModule) => ({
      UnitMemory: class extends UnitMemory {
        override save(): Promise<void> {
          return Promise.resolve()
        }
      },
    }),
  ],
  'deletions that are forgotten': [
    'unit-memory',
    ({ UnitMemory }: MemoryModule) => ({
      UnitMemory: class extends UnitMemory {
        override async discard(): Promise<void> {}
      },
    }),
  ],
  'deletions that are remembered until the process ends': [
    'unit-memory',
    ({ UnitMemory }: MemoryModule) => ({
      UnitMemory: class extends UnitMemory {
        constructor(...[set, , write]: ConstructorParameters<typeof UnitMemory>) {
          super(set, { discardedRuns: [], isDraining: false }, write)
        }
      },
    }),
  ],
}

describe('the histories of units notice', () => {
  afterEach(() => {
    vi.resetModules()
  })

  test.each(Object.entries(mistakes))(
    '%s',
    async (_, [module, wrong]) => {
      const path = `../../src/store/units/${module}.ts`
      vi.resetModules()
      vi.doMock(path, async (importRight) => {
        const right = await importRight<never>()
        return { ...(right as object), ...wrong(right) }
      })
      const { unitsHistory } = await import('./units-history.ts')
      vi.doUnmock(path)
      await expectNoticed(unitsHistory)
    },
    patienceMs,
  )
})

async function expectNoticed(history: (seed: number) => Promise<void>): Promise<void> {
  for (let seed = 1; seed <= seedLimit; seed++) {
    const failure = await history(seed).then(
      () => undefined,
      (error: Error) => error.message,
    )
    if (failure === undefined) continue
    expect(failure).toMatch(/^(shard \d+|ids): /)
    return
  }
  expect.fail(`none of ${seedLimit} seeds noticed`)
}
