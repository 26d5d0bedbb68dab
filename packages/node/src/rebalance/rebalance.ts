/**
 * Restores the rules of placement and balance, each node for what it holds: it plans by what it knows of the network and of the
 * objects it holds shards of (plan-object.ts), and moves what is planned (move/move-object.ts), at a measured pace. Nobody
 * directs it, and nodes that do it at the same time come to plans that fit together (gift.ts of placement); what does not fit,
 * because it looked different from there, is left for the next pass. It ends when a pass finds nothing to move.
 *
 * Nothing is remembered: whoever is stopped has moved some shards and not others, and goes on from there when told to begin again.
 */
import { sleep } from '../clock/sleep.ts'
import { Throttle } from '../clock/throttle.ts'
import { mostTakers, type RebalanceReport } from '../messages/rebalance-messages.ts'
import { type HeldObject, heldObjects } from '../move/held-objects.ts'
import { type MoveOutcome, moveObject } from '../move/move-object.ts'
import { openHeld } from '../move/open-held.ts'
import { parseShardId } from '../object/shard-id.ts'
import type { Peer } from '../peer.ts'
import type { ShardStore } from '../ports/shard-store.ts'
import { positionOf } from '../scrub/order.ts'
import { type Circumstances, circumstancesOf } from './circumstances.ts'
import { type PlannedMove, planObject } from './plan-object.ts'

/**
 * - `plan`: what would be moved; nothing is.
 * - `plan-drain`: what would be moved if this node were to be emptied; nothing is.
 * - `move`: what is to be moved is moved.
 */
export type RebalanceTask = 'plan' | 'plan-drain' | 'move'

/** What a node moves in a second, at most; what others and its own users ask of it goes on meanwhile. */
export const rebalanceBytesPerSecond = 32 * 2 ** 20

/** Between two passes: until others have moved some of theirs. */
const restMs = 1_000
const mostPasses = 16

type Figures = Omit<RebalanceReport, 'state' | 'heldBytes' | 'roomBytes' | 'takers'>

const noFigures: Figures = {
  ...{ progress: 0, planned: { shards: 0, bytes: 0 }, moved: { shards: 0, bytes: 0 } },
  ...{ misplacedShards: 0, hinderedShards: 0, problem: null },
}

export class Rebalance {
  readonly #store: ShardStore
  #peer: Peer | undefined
  #task: RebalanceTask | undefined
  #figures = noFigures
  /** What each is to get, by peer id. */
  #takers = new Map<string, { shards: number; bytes: number }>()
  #stop = new AbortController()
  #running: Promise<void> = Promise.resolve()

  constructor(store: ShardStore) {
    this.#store = store
  }

  /** Before that, nothing is begun. */
  start(peer: Peer): void {
    this.#peer = peer
  }

  report(): RebalanceReport {
    const { liveBytes: heldBytes, deadBytes, freeBytes } = this.#store.usage()
    const takers = [...this.#takers].map(([peerId, amount]) => ({ peerId, ...amount }))
    return {
      state: this.#task === undefined ? 'idle' : this.#task === 'move' ? 'moving' : 'planning',
      ...{ heldBytes, roomBytes: heldBytes + deadBytes + freeBytes },
      ...this.#figures,
      takers: takers.sort((a, b) => b.bytes - a.bytes).slice(0, mostTakers),
    }
  }

  /** Does nothing while something is under way. */
  begin(task: RebalanceTask): void {
    const peer = this.#peer
    if (peer === undefined || this.#task !== undefined || this.#stop.signal.aborted) return
    this.#task = task
    this.#figures = noFigures
    this.#takers = new Map()
    this.#running = this.#run(task, peer, this.#stop.signal)
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
    this.#stop = new AbortController()
  }

  /** For good. */
  async close(): Promise<void> {
    this.#peer = undefined
    await this.stop()
  }

  async #run(task: RebalanceTask, peer: Peer, signal: AbortSignal): Promise<void> {
    try {
      let wasIdle = task !== 'move'
      for (let passes = 1; passes <= mostPasses; passes += 1) {
        const { moved } = this.#figures
        await this.#pass(task, peer, signal)
        const isIdle = this.#figures.moved.shards === moved.shards
        // Others may have been in the way; once more will do, when they are done too.
        if (isIdle && (wasIdle || this.#figures.hinderedShards === 0)) break
        wasIdle = isIdle
        await sleep(peer.clock, restMs, signal)
      }
      peer.logger.info({ task, ...this.#figures }, 'rebalanced')
    } catch (error) {
      if (signal.aborted) return
      peer.logger.error({ error }, 'rebalancing failed')
      this.#note({ problem: String(error).slice(0, 256) })
    } finally {
      this.#task = undefined
    }
  }

  async #pass(task: RebalanceTask, peer: Peer, signal: AbortSignal): Promise<void> {
    const { selfId } = peer.network
    const found = await circumstancesOf(peer.network, signal)
    // What a node that is being emptied holds is moved by that.
    if (task === 'move' && found.leaving.has(selfId)) return
    const leaving = task === 'plan-drain' ? new Set([...found.leaving, selfId]) : found.leaving
    const { moved } = this.#figures
    this.#note({ planned: moved, misplacedShards: 0, hinderedShards: 0 })
    const throttle = new Throttle(peer.clock, rebalanceBytesPerSecond)
    const key = positionOf(Buffer.from(selfId), 0)
    const pass = (progress: number): void => this.#note({ progress })
    for (const held of heldObjects(() => this.#store.ids(), this.#store.usage().shardCount, key, pass)) {
      signal.throwIfAborted()
      const moves = await this.#plan(held, { ...found, leaving }, peer, signal)
      for (const move of moves) this.#notePlanned(move, moved.shards === 0)
      if (task === 'move' && moves.length > 0) await this.#move(held, moves, throttle, peer, signal)
    }
  }

  /** What can't be planned now is left as it is. */
  async #plan(
    held: HeldObject,
    circumstances: Circumstances,
    peer: Peer,
    signal: AbortSignal,
  ): Promise<readonly PlannedMove[]> {
    const ids = held.ids.filter((id) => parseShardId(id).kind === 'shard')
    try {
      const object = ids.length === 0 ? undefined : await openHeld({ ...held, ids }, this.#store, peer, signal)
      return object === undefined ? [] : await planObject(object, ids, peer.network.selfId, circumstances)
    } catch (error) {
      signal.throwIfAborted()
      peer.logger.warn({ error }, 'an object could not be looked at')
      return []
    }
  }

  async #move(
    { objectId }: HeldObject,
    moves: readonly PlannedMove[],
    throttle: Throttle,
    peer: Peer,
    signal: AbortSignal,
  ): Promise<void> {
    const nodes = new Map(moves.flatMap(({ id, to }) => (to === undefined ? [] : [[textOf(id), to] as const])))
    const ids = moves.flatMap(({ id, to }) => (to === undefined ? [] : [id]))
    let left = ids.length
    const done = (outcome: MoveOutcome, bytes: number): void => {
      left -= 1
      const { moved, hinderedShards } = this.#figures
      if (outcome === 'moved') this.#note({ moved: { shards: moved.shards + 1, bytes: moved.bytes + bytes } })
      else this.#note({ hinderedShards: hinderedShards + 1 })
    }
    const nodeFor = (id: Uint8Array): string | undefined => nodes.get(textOf(id))
    const pace = (bytes: number): Promise<void> => throttle.pass(bytes, signal)
    try {
      await moveObject({ objectId, ids }, { store: this.#store, peer, signal, done, nodeFor, pace })
    } catch (error) {
      signal.throwIfAborted()
      peer.logger.warn({ error }, 'shards of an object could not be moved')
      this.#note({ hinderedShards: this.#figures.hinderedShards + left })
    }
  }

  #notePlanned({ to, bytes, reason }: PlannedMove, isFirst: boolean): void {
    const { planned, misplacedShards, hinderedShards } = this.#figures
    if (to === undefined) {
      this.#note({ hinderedShards: hinderedShards + 1 })
      return
    }
    this.#note({
      planned: { shards: planned.shards + 1, bytes: planned.bytes + bytes },
      misplacedShards: misplacedShards + (reason === 'rule' ? 1 : 0),
    })
    if (!isFirst) return
    const before = this.#takers.get(to) ?? { shards: 0, bytes: 0 }
    this.#takers.set(to, { shards: before.shards + 1, bytes: before.bytes + bytes })
  }

  #note(change: Partial<Figures>): void {
    this.#figures = { ...this.#figures, ...change }
  }
}

function textOf(id: Uint8Array): string {
  return Buffer.from(id).toString('latin1')
}
