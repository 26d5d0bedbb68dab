/**
 * One run: drivers work while things go wrong; then everything is mended and every promise is checked; then as many machines
 * are lost as may be, and all is read once more; then everyone leaves.
 */
import { graceMs } from './attempt.ts'
import { everythingReadsBack } from './checkers/durability.ts'
import { nothingIsLeftOver } from './checkers/leftovers.ts'
import { nothingGoesOn, watchRejections } from './checkers/quiescence.ts'
import { everythingCanBeRepaired } from './checkers/repairs.ts'
import { Faults } from './faults/faults.ts'
import { Violation } from './violation.ts'
import { Workload } from './workload.ts'
import { createWorld, introductionMs, type World, type WorldOptions } from './world.ts'

export interface Outcome {
  readonly seed: number
  /** SHA-256 of everything that happened. */
  readonly digest: string
  /** Virtual. */
  readonly elapsedMs: number
  /** Undefined when every promise held. */
  readonly violation: Violation | undefined
}

/** Nothing may take longer than this once the time for new operations is over. */
const longestMs = 300_000

/** Never rejects for what the code under test does. */
export async function simulate(options: WorldOptions): Promise<Outcome> {
  const rejections = watchRejections()
  const world = await createWorld(options)
  let violation: Violation | undefined
  try {
    await runWithin(world, misfortune(world))
    rejections.check()
    await runWithin(world, reckoning(world))
    await nothingGoesOn(world)
    rejections.check()
  } catch (failure) {
    violation = failure instanceof Violation ? failure : new Violation('simulation', `${failure}`, { cause: failure })
    world.trace.event(`${violation.checker}: ${violation.message}`)
  } finally {
    rejections.end()
  }
  return { seed: options.seed, digest: world.trace.digest, elapsedMs: world.nowMs, violation }
}

async function misfortune(world: World): Promise<void> {
  await Promise.all([new Workload(world).run(), new Faults(world).run()])
}

async function reckoning(world: World): Promise<void> {
  world.trace.event('all is mended')
  await world.sleep(graceMs)
  const reader = await world.cluster.addClient()
  await world.sleep(introductionMs)
  await everythingReadsBack(world, reader)
  nothingIsLeftOver(world)
  await everythingCanBeRepaired(world, reader)
  const dice = world.dice('last losses')
  for (const machine of dice.shuffle(world.cluster.up)) {
    if (world.ledger.canDestroy(machine.name)) await world.cluster.destroy(machine)
  }
  const lastReader = await world.cluster.addClient()
  await world.sleep(introductionMs)
  await everythingReadsBack(world, lastReader)
}

/** Lets virtual time pass until the work is done. @throws Violation quiescence when it never is */
async function runWithin(world: World, work: Promise<void>): Promise<void> {
  let isDone = false
  const done = (): void => {
    isDone = true
  }
  work.then(done, done)
  const limitMs = world.nowMs + world.profile.durationMs + longestMs
  while (!isDone && world.nowMs < limitMs && (await world.clock.step()));
  if (!isDone) throw new Violation('quiescence', `something is still under way after ${Math.round(world.nowMs)} ms`)
  await work
}
