import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Appender } from '../../src/store/segment/appender.ts'
import type { NewRecord } from '../../src/store/segment/batch.ts'
import type { RecordHeader } from '../../src/store/segment/record.ts'
import type { SegmentCopierComponents } from '../../src/store/segment/segment-copier.ts'
import type { Segment } from '../../src/store/segment/segments.ts'
import { Turns } from '../../src/store/segment/turns.ts'
import { type CrashRunParts, crashRun } from './crash-run.ts'
import type { Intercept, Operation } from './intercepted-disk.ts'
import type { SimulatedDisk } from './simulated-disk.ts'

type CopierModule = typeof import('../../src/store/segment/segment-copier.ts')
type SpaceModule = typeof import('../../src/store/segment/space.ts')
type ReplayModule = typeof import('../../src/store/segment/replay.ts')

/**
 * The crash run is only worth its time if it notices mistakes. Each of these is one that a store like this is easily
 * written with; some seed must fail with it, as none does without (power-cut.test.ts).
 */
const seedLimit = 2000
const patienceMs = 600_000

/** Mistakes in how the disk is used: as if the store had left out or added a call. */
const misuses: Record<string, (disk: SimulatedDisk) => Intercept> = {
  'groups that share a sector': (disk) => async (operation, run) => {
    const result = await run()
    if (isSegment(operation) && operation.kind === 'write' && operation.offsetBytes > 4096) {
      disk.touch(operation.name.replace('.new', ''), operation.offsetBytes - 1)
    }
    return result
  },
  'acknowledging before the sync': () => skip((operation) => operation.kind === 'sync' && isSegment(operation)),
  'no sync of the directory': () => {
    let calls = 0
    return skip(({ kind }) => kind === 'syncDirectory' && calls++ > 1)
  },
  'a lock that two can have': () => (operation, run) =>
    operation.kind === 'lock' ? Promise.resolve({ unlock: async () => {} } as never) : run(),
  'a failed sync tried again': () => (operation, run) =>
    operation.kind === 'sync' && isSegment(operation) ? run().catch(run) : run(),
}

/** Mistakes in the store's own code: a module with one function that is wrong. */
const mistakes: Record<string, [module: string, wrong: (right: never) => object]> = {
  'bodies that are not checked': ['../body-checks', () => ({ bodyMatches: () => true, piecesMatch: () => true })],
  'tombstones that are forgotten': [
    'replay',
    ({ Replay }: ReplayModule) => ({
      Replay: class extends Replay {
        override add(header: RecordHeader, ...rest: [Segment, { isUnsure: boolean }]): void {
          if (header.kind !== 2) super.add(header, ...rest)
        }
      },
    }),
  ],
  'a last group that is trusted': [
    'replay',
    ({ Replay }: ReplayModule) => ({
      Replay: class extends Replay {
        override add(header: RecordHeader, segment: Segment): void {
          super.add(header, segment)
        }
      },
    }),
  ],
  'sequence numbers that begin anew': [
    'replay',
    ({ Replay }: ReplayModule) => ({
      Replay: class extends Replay {
        override get newestSequence(): number {
          return 0
        }
      },
    }),
  ],
  'a record that does not outlive what it voids': [
    'deletion-day',
    () => ({ laterDay: (_: number, day: number) => day }),
  ],
  'segments unlinked whatever they void': [
    'reclaim',
    () => ({
      reclaimable: (segments: Segment[]) => segments.find(({ open, liveCount }) => !open && liveCount === 0),
    }),
  ],
  'an identity that does not remember which segments there were': [
    'unit-identity',
    () => ({ saveIdentity: async () => {} }),
  ],
  'a unit that does not become smaller than what it holds': [
    'space',
    ({ Space }: SpaceModule) => ({
      Space: class extends Space {
        override resize(capacityBytes: number): void {
          super.resize(Math.max(capacityBytes, this.capacityBytes))
        }
      },
    }),
  ],
  'compaction that forgets what a record voids': ['reclaim', () => ({ oldestDeadPut: () => Number.POSITIVE_INFINITY })],
  'compaction that takes a failed write for a good one': withCopier((components) => {
    const append = (record: NewRecord) => {
      let isThere = false
      const placed: NewRecord['placed'] = (place) => {
        isThere = place.segment.fileBytes > 0
        record.placed(place)
      }
      const settled: NewRecord['settled'] = (error) => record.settled(isThere ? undefined : error)
      return components.appender.append({ ...record, placed, settled })
    }
    return { ...components, appender: { append } as Appender }
  }),
  'compaction that does not wait for its turn': withCopier((components) => ({ ...components, turns: new Turns() })),
  'compaction that gives copies a new sequence': withCopier((components) => {
    const append = ({ sequence: _, ...record }: NewRecord) => components.appender.append(record)
    return { ...components, appender: { append } as Appender }
  }),
}

/** A copier whose components were tampered with. */
function withCopier(
  tamper: (components: SegmentCopierComponents) => SegmentCopierComponents,
): [string, (right: never) => object] {
  const wrong = ({ SegmentCopier }: CopierModule) => ({
    SegmentCopier: class extends SegmentCopier {
      constructor(components: SegmentCopierComponents) {
        super(tamper(components))
      }
    },
  })
  return ['segment-copier', wrong]
}

describe('the crash run notices', () => {
  afterEach(() => {
    vi.resetModules()
  })

  test.each(Object.entries(misuses))(
    '%s',
    async (_, sabotage) => {
      const { openSegmentStore: openStore } = await import('../../src/store/segment/open.ts')
      await expectNoticed({ openStore, sabotage })
    },
    patienceMs,
  )

  test.each(Object.entries(mistakes))(
    '%s',
    async (_, [module, wrong]) => {
      const path = `../../src/store/segment/${module}.ts`
      vi.resetModules()
      vi.doMock(path, async (importRight) => {
        const right = await importRight<never>()
        return { ...(right as object), ...wrong(right) }
      })
      const { openSegmentStore: openStore } = await import('../../src/store/segment/open.ts')
      vi.doUnmock(path)
      await expectNoticed({ openStore })
    },
    patienceMs,
  )
})

async function expectNoticed(parts: CrashRunParts): Promise<void> {
  for (let seed = 1; seed <= seedLimit; seed++) {
    const failure = await crashRun(seed, parts).then(
      () => undefined,
      (error: Error) => error.message,
    )
    if (failure === undefined) continue
    expect(failure).toMatch(/^seed \d+: (id \d+ (is|was answered)|the figures|the index|the directory|the name)/)
    return
  }
  expect.fail(`none of ${seedLimit} seeds noticed`)
}

function skip(isSkipped: (operation: Operation) => boolean): Intercept {
  return async (operation, run) => (isSkipped(operation) ? (undefined as never) : run())
}

function isSegment({ name }: Operation): boolean {
  return name.includes('.segment')
}
