/** What drivers do, each with its check: done right, or failed as it may under the circumstances. */
import type { PutReceipt } from '@p2pstore/node'
import { Attempt } from './attempt.ts'
import { mayFailToRead, mayFailToWrite, mayMissShards } from './checkers/availability.ts'
import { ExpectedBytes } from './checkers/wrong-bytes.ts'
import type { Driver } from './cluster.ts'
import type { Deposit, DepositOrder } from './ledger.ts'
import { SourceGaveUp } from './source.ts'
import { Violation } from './violation.ts'
import type { World } from './world.ts'

export interface PutManner {
  readonly source: AsyncIterable<Uint8Array> | Uint8Array
  /** The driver changes its mind so much later. */
  readonly abortAfterMs?: number | undefined
}

export async function put(world: World, driver: Driver, order: DepositOrder, manner: PutManner): Promise<void> {
  const deposit = world.ledger.open(order)
  const { bytes, scheme, acknowledge, durability } = order
  const what = `puts ${deposit.name} ${bytes.length} B ${scheme} ${acknowledge} ${durability}`
  const attempt = new Attempt(world, driver, what)
  const changeOfMind = new AbortController()
  const timer =
    manner.abortAfterMs === undefined
      ? undefined
      : world.clock.setTimer(manner.abortAfterMs, () => changeOfMind.abort(new Error('changed its mind')))
  try {
    const { signal } = changeOfMind
    const { shardBytes } = world.profile
    const { deleteAfter } = deposit
    const options = { scheme, shardBytes, acknowledge, durability, deleteAfter, signal }
    deposit.receipt = await driver.peer.put(manner.source, options)
    if (deposit.receipt.objectBytes !== bytes.length) {
      throw new Violation('wrong-bytes', `${what} acknowledged ${deposit.receipt.objectBytes} bytes`)
    }
    deposit.state = 'stored'
    attempt.end(`acknowledged, ${deposit.receipt.storedShards} shards`)
  } catch (failure) {
    deposit.state = 'failed'
    deposit.mayRemain = attempt.isCutShort || attempt.away.size > 0
    attempt.end(`${failure}`)
    if (failure instanceof Violation) throw failure
    if (failure === changeOfMind.signal.reason || isOwnFault(failure)) return
    mayFailToWrite(attempt, deposit, failure)
  } finally {
    timer?.cancel()
  }
}

function isOwnFault(failure: unknown): boolean {
  return failure instanceof Error && failure.cause instanceof SourceGaveUp
}

interface Range {
  readonly offsetBytes: number
  readonly lengthBytes: number
}

export interface GetManner {
  /** Default: all of it. */
  readonly range?: Range | undefined
  /** The driver loses interest after so many pieces. Default: never. */
  readonly piecesWanted?: number | undefined
}

export async function get(world: World, driver: Driver, deposit: Deposit, manner: GetManner = {}): Promise<void> {
  const { bytes } = deposit.order
  const { offsetBytes, lengthBytes } = manner.range ?? { offsetBytes: 0, lengthBytes: bytes.length }
  const what = `gets ${deposit.name} ${offsetBytes}+${lengthBytes}`
  const expected = new ExpectedBytes(bytes.subarray(offsetBytes, offsetBytes + lengthBytes), what)
  await read(world, driver, deposit, what, async ({ capability }) => {
    let pieces = 0
    for await (const piece of driver.peer.get(capability, { offsetBytes, lengthBytes })) {
      expected.take(piece)
      pieces += 1
      if (pieces === manner.piecesWanted) return 'enough'
    }
    expected.end()
    return 'right'
  })
}

export async function verify(world: World, driver: Driver, deposit: Deposit): Promise<boolean> {
  let isHealthy = false
  await read(world, driver, deposit, `verifies ${deposit.name}`, async ({ verifyCapability }, attempt) => {
    const report = await driver.peer.verify(verifyCapability)
    const { goodShards, totalShards, stripesLost } = report
    if (stripesLost > 0) mayMissShards(attempt, deposit, `${stripesLost} stripes are lost`)
    isHealthy = report.isHealthy
    return isHealthy ? 'healthy' : `${goodShards} of ${totalShards} shards are good`
  })
  return isHealthy
}

/** @returns whether nothing is missing any more */
export async function repair(world: World, driver: Driver, deposit: Deposit): Promise<boolean> {
  let isComplete = false
  await read(world, driver, deposit, `repairs ${deposit.name}`, async ({ verifyCapability }, attempt) => {
    const lostBefore = new Map(deposit.lost)
    const { recordCopies, ...report } = await driver.peer.repair(verifyCapability)
    if (report.stripesLost > 0) mayMissShards(attempt, deposit, `${report.stripesLost} stripes can't be rebuilt`)
    isComplete = report.isComplete
    if (isComplete) deposit.repaired(lostBefore)
    const gaps = `${report.unplacedShards} shards unplaced, ${recordCopies.stored} of ${recordCopies.wanted} records`
    return `${report.rebuiltShards} shards rebuilt, ${isComplete ? 'complete' : gaps}`
  })
  return isComplete
}

export async function remove(world: World, driver: Driver, deposit: Deposit): Promise<void> {
  const isAlone = deposit.users === 0
  await read(world, driver, deposit, `removes ${deposit.name}`, async ({ capability }, attempt) => {
    deposit.state = 'going'
    deposit.mayRemain = true
    const { deleted, unreachable } = await driver.peer.remove(capability)
    if (unreachable.length > 0) return `${unreachable.length} machines can't be told`
    deposit.state = 'removed'
    deposit.mayRemain = !isAlone || attempt.away.size > 0
    return `${deleted} shards and records deleted`
  })
}

/** Runs something that reads a stored object, and judges its failure. */
async function read(
  world: World,
  driver: Driver,
  deposit: Deposit,
  what: string,
  run: (receipt: PutReceipt, attempt: Attempt) => Promise<string>,
): Promise<void> {
  const attempt = new Attempt(world, driver, what)
  deposit.users += 1
  try {
    attempt.end(await run(deposit.receipt as PutReceipt, attempt))
  } catch (failure) {
    attempt.end(`${failure}`)
    if (failure instanceof Violation) throw failure
    mayFailToRead(attempt, deposit, failure)
  } finally {
    deposit.users -= 1
  }
}
