/**
 * Keeps this peer's roll like that of the others, and holds all connections to it: the shell around roll.ts. Once a round it
 * compares rolls with a peer picked at random and swaps what either lacks. A ruling does not wait for that: whoever learns of
 * one hands it on at once to a number of others, which reaches everyone in a few steps; and ends its own connections to
 * those that are members no longer.
 */
import { RateLimit } from '../clock/rate-limit.ts'
import {
  decodeKeys,
  decodeSwap,
  encodeKeys,
  encodeSwap,
  maximumRecordBytes,
  membersCompare,
  membersSwap,
  type SwapBody,
} from '../messages/membership-messages.ts'
import { parseReply, parseRequest } from '../messages/message.ts'
import type { Clock, Timer } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import type { Reply, Request, Rpc } from '../protocol/rpc.ts'
import { drawn } from '../random/drawn.ts'
import type { RollDoorman } from './doorman.ts'
import type { FormerMembers } from './former-members.ts'
import { MembershipError } from './membership-error.ts'
import type { Roll, RollItem } from './roll.ts'

/** Where a roll outlives its process. */
export interface RollStorage {
  /** Called when the roll has changed, never twice at a time. */
  save(): Promise<void>
}

export interface RegistrarParts {
  readonly roll: Roll
  readonly doorman: RollDoorman
  readonly rpc: Pick<Rpc, 'call' | 'disconnect' | 'observe'>
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Members that can be reached now, with their addresses. */
  readonly others: () => readonly { readonly peerId: string; readonly addresses: readonly string[] }[]
  readonly former: Pick<FormerMembers, 'review'>
  readonly storage?: RollStorage | undefined
  /** Called once, when this peer itself is a member no longer. */
  readonly onEnd?: ((reason: MembershipError) => void) | undefined
}

interface ExchangeOptions {
  readonly signal?: AbortSignal | undefined
  /** For each of its requests. Default 5,000. */
  readonly timeoutMs?: number
}

type Other = ReturnType<RegistrarParts['others']>[number]

const intervalMs = 5_000
const timeoutMs = 5_000
/** Whom a ruling is handed on to at once; with as many from each of those, a network of thousands has it in three steps. */
const pushFanout = 16
/** Swaps in one exchange; with more to say the next round goes on. */
const maximumSwaps = 8

/**
 * What a retired authority has signed may have been signed anew by its successor: so long a peer looks for that among
 * others.
 */
const renewalMs = 60_000

export class Registrar {
  readonly #parts: RegistrarParts
  readonly #lessons: RateLimit
  #timer: Timer | undefined
  #isStopped = false
  #hasEnded = false
  #expiredAtMs: number | undefined
  #savedDigest = ''
  #saving: Promise<void> = Promise.resolve()

  constructor(parts: RegistrarParts) {
    this.#parts = parts
    this.#lessons = new RateLimit(parts.clock, { perSecond: 1, burst: 2 })
    parts.rpc.observe({ disconnected: ({ peerId }) => parts.doorman.forget(peerId) })
  }

  start(): void {
    const { clock } = this.#parts
    this.#timer = clock.setTimer(intervalMs, () => {
      if (this.#isStopped) return
      void this.#round()
      this.start()
    })
  }

  /** Saves what has changed. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#timer?.cancel()
    await this.#save()
  }

  /** Exchanges rolls with one of the others, or the one that is given. @returns whether that one answered */
  async exchange(other: Other | undefined = this.#pick(1)[0], options: ExchangeOptions = {}): Promise<boolean> {
    if (other === undefined) return false
    try {
      await this.#exchangeWith(other, options)
      return true
    } catch (failure) {
      this.#parts.logger.debug({ peerId: other.peerId, err: failure }, 'no exchange of rolls')
      return false
    }
  }

  /**
   * Exchanges rolls with one who knows a member that this peer does not; not with the same one all the time.
   * @returns as exchange
   */
  async learnFrom(other: Other): Promise<boolean> {
    return this.#lessons.admits(other.peerId) && this.exchange(other)
  }

  /**
   * Takes in rulings made here and tells everyone who can be reached. Those who are put out hear of it too, since this peer,
   * which may not speak with them afterwards, takes a revocation in last.
   * @returns how many have been told, of how many
   */
  async announce(items: readonly RollItem[], signal?: AbortSignal): Promise<{ told: number; members: number }> {
    if (items.every(({ kind }) => kind === 'revocation')) {
      const body = encodeSwap({ items: items.slice(0, 1_024), wanted: [] })
      await Promise.all(this.#parts.others().map((other) => this.#push(other, body)))
    }
    this.#merge(items)
    const others = this.#parts.others()
    const told = await Promise.all(others.map((other) => this.exchange(other, { signal })))
    return { told: told.filter(Boolean).length, members: others.length }
  }

  /** Answers {@link membersCompare}. */
  async compare(request: Request): Promise<Reply> {
    const { digest } = parseRequest(membersCompare, request.head)
    const { roll } = this.#parts
    const same = Buffer.compare(digest, roll.digest()) === 0
    return { head: { same }, body: same ? undefined : encodeKeys(roll.items().keys()) }
  }

  /** Answers {@link membersSwap}. */
  async swap({ head, body, from }: Request): Promise<Reply> {
    parseRequest(membersSwap, head)
    const { items, wanted } = decodeSwap(body.subarray())
    this.#merge(items, from.peerId)
    const keys = wanted.map((key) => Buffer.from(key).toString('hex'))
    return { body: encodeSwap({ items: this.#itemsFor(keys), wanted: [] }) }
  }

  async #exchangeWith(other: Other, limits: ExchangeOptions): Promise<void> {
    const { rpc, roll } = this.#parts
    const options = { timeoutMs, ...limits, lane: 'control' } as const
    const answer = await rpc.call(other, membersCompare.method, { digest: roll.digest() }, options)
    if (parseReply(membersCompare, answer.head).same) return
    const theirs = new Set(decodeKeys(answer.body.subarray()))
    const missing = [...roll.items().keys()].filter((key) => !theirs.has(key))
    const lacking = [...theirs].filter((key) => !roll.items().has(key))
    for (let swap = 0; swap < maximumSwaps && missing.length + lacking.length > 0; swap += 1) {
      const items = this.#itemsFor(missing)
      missing.splice(0, items.length)
      const wanted = lacking.slice(0, 1_024).map((key) => Buffer.from(key, 'hex'))
      const body = encodeSwap({ items, wanted })
      const reply = decodeSwap((await rpc.call(other, membersSwap.method, {}, { ...options, body })).body.subarray())
      lacking.splice(0, Math.max(1, reply.items.length))
      this.#merge(reply.items, other.peerId)
    }
  }

  /** The first of the items named that fit in one message. */
  #itemsFor(keys: readonly string[]): SwapBody['items'] {
    const all = this.#parts.roll.items()
    const items: SwapBody['items'] = []
    let bytes = 0
    for (const key of keys) {
      const item = all.get(key)
      if (item === undefined) continue
      bytes += item.record.length
      if (bytes > maximumRecordBytes || items.length >= 1_024) break
      items.push(item)
    }
    return items
  }

  #merge(items: readonly RollItem[], from?: string): void {
    const { roll, clock, logger } = this.#parts
    const { taken, refused } = roll.merge(items, clock.nowMs())
    for (const { code, message } of refused) logger.debug({ from, code, reason: message }, 'an item was refused')
    if (taken.length === 0) return
    void this.#save()
    const rulings = taken.filter(({ kind }) => kind !== 'credential')
    if (rulings.length === 0) return
    this.#expel()
    const push = encodeSwap({ items: rulings.slice(0, 1_024), wanted: [] })
    for (const other of this.#pick(pushFanout)) {
      if (other.peerId !== from) void this.#push(other, push)
    }
  }

  async #push(other: Other, body: Uint8Array): Promise<void> {
    const { rpc, logger } = this.#parts
    try {
      await rpc.call(other, membersSwap.method, {}, { body, timeoutMs, lane: 'control' })
    } catch (failure) {
      logger.debug({ peerId: other.peerId, err: failure }, 'a ruling could not be handed on')
    }
  }

  async #round(): Promise<void> {
    const { roll, clock, former } = this.#parts
    roll.strike(clock.nowMs())
    this.#expel()
    former.review()
    await this.exchange()
    await this.#save()
  }

  #expel(): void {
    const { doorman, rpc, logger } = this.#parts
    this.#seeOwnEnd()
    for (const peerId of doorman.unwelcome()) {
      logger.warn({ peerId }, 'the peer is no longer a member: its connections are closed')
      doorman.forget(peerId)
      rpc.disconnect(peerId)
    }
  }

  #seeOwnEnd(): void {
    const { doorman, logger, clock, onEnd } = this.#parts
    try {
      doorman.standing()
      this.#expiredAtMs = undefined
    } catch (reason) {
      if (!(reason instanceof MembershipError)) throw reason
      this.#expiredAtMs ??= clock.monotonicMs()
      const mayBeRenewed = reason.code === 'MEMBERSHIP_EXPIRED' && clock.monotonicMs() - this.#expiredAtMs < renewalMs
      if (this.#hasEnded || mayBeRenewed) return
      this.#hasEnded = true
      logger.error({ code: reason.code }, 'this peer is no longer a member of the network')
      onEnd?.(reason)
    }
  }

  #pick(count: number): Other[] {
    const { others, random } = this.#parts
    return drawn(others(), random, count)
  }

  /** One save after the other, and only of what has changed. */
  #save(): Promise<void> {
    const { storage, roll, logger } = this.#parts
    if (storage === undefined) return Promise.resolve()
    this.#saving = this.#saving.then(async () => {
      const digest = Buffer.from(roll.digest()).toString('hex')
      if (digest === this.#savedDigest) return
      try {
        await storage.save()
        this.#savedDigest = digest
      } catch (failure) {
        logger.error({ err: failure }, 'the roll of members could not be saved')
      }
    })
    return this.#saving
  }
}
