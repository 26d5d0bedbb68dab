/** Mistakes planted in every node of a small network must show in its figures. */
import { describe, expect, test } from 'vitest'
import { calm } from '../src/gossip/figures/calm.ts'
import { crash } from '../src/gossip/figures/spread.ts'
import { createWorld, type Measurement } from '../src/gossip/figures/world.ts'

type Plant = NonNullable<Measurement['plant']>

/** Never hears what is held against itself. */
const deaf: Plant = ({ view, peerId }) => {
  const accuse = view.accuse.bind(view)
  view.accuse = (accusations, nowMs) =>
    accuse(
      accusations.filter(({ subject }) => subject !== peerId),
      nowMs,
    )
}

/** Gets no help from others with its probes. */
const lonely: Plant = ({ messenger }) => {
  messenger.ask = () => Promise.reject(new Error('nobody helps'))
}

/** Tells nobody of what is urgent. */
const silent: Plant = ({ messenger }) => {
  messenger.tell = () => Promise.resolve({ records: [] })
}

describe('at twice the loss that is to be endured', () => {
  const deaths = async (plant?: Plant): Promise<number> => {
    const { value } = await calm({ nodes: 20, seed: 1, nodeHours: 3, lossPerMille: 200, ...(plant && { plant }) })
    return value
  }

  test('nobody is taken for dead', async () => {
    expect(await deaths()).toBe(0)
  })

  test('nodes that can not refute are', async () => {
    expect(await deaths(deaf)).toBeGreaterThan(0)
  })

  test('nodes are that probe without help', async () => {
    expect(await deaths(lonely)).toBeGreaterThan(0)
  })
})

test('with rounds far apart a crash is known soon, unless urgent news is not told', async () => {
  const crashMs = async (plant?: Plant): Promise<number> => {
    const world = createWorld({
      nodes: 60,
      seed: 1,
      purpose: 'crash',
      roundIntervalMs: 10_000,
      ...(plant && { plant }),
    })
    await world.network.start()
    return crash(world)
  }
  expect(await crashMs()).toBeLessThanOrEqual(20_000)
  expect(await crashMs(silent)).toBeGreaterThan(20_000)
})
