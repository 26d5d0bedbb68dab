/**
 * Whether others can dial this node. It can't see that itself: a firewall or a translation of addresses lets out what
 * it dials, and lets in nothing. So it asks other members to dial it where it says it is, over a new connection. When
 * one can, it is reachable; when three can't, or all there are if they are fewer, it takes itself for unreachable, says
 * so to others, and has relays used for as long as that lasts, if the transport was made to be told so.
 *
 * libp2p's AutoNAT asks the same question, but believes no answer before four peers of different networks agree, of
 * which a small private network may have none.
 */
import { Recurring } from '../clock/recurring.ts'
import { CodedError } from '../coded-error.ts'
import { mostAddresses, reachTry } from '../messages/reach-messages.ts'
import type { Network } from '../network.ts'
import { isRelayed } from '../peer-address.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import type { Transport } from '../ports/transport.ts'
import { drawn } from '../random/drawn.ts'

export interface ReachabilityParts {
  readonly network: Pick<Network, 'call' | 'selfId' | 'storageMembers'>
  readonly transport: Pick<Transport, 'addresses' | 'useRelays'>
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Between two tries. Default 60,000. */
  readonly intervalMs?: number | undefined
  readonly onChange: (isUnreachable: boolean) => void
}

const defaultIntervalMs = 60_000
/** As many as must have failed. */
const failuresWanted = 3
/** Some may not answer at all. */
const mostAsked = 8
const timeoutMs = 8_000

export class Reachability {
  readonly #parts: ReachabilityParts
  readonly #tries: Recurring
  #isUnreachable = false

  constructor(parts: ReachabilityParts) {
    const { clock, logger, intervalMs: restMs = defaultIntervalMs } = parts
    this.#parts = parts
    const onError = (err: unknown): void =>
      logger.error({ err }, 'could not find out whether others can dial this node')
    this.#tries = new Recurring({ clock, restMs, pass: (stop) => this.#try(stop), onError })
  }

  start(): void {
    this.#tries.start()
  }

  async stop(): Promise<void> {
    await this.#tries.stop()
  }

  async #try(signal: AbortSignal): Promise<void> {
    const addresses = this.#parts.transport.addresses().filter((address) => !isRelayed(address))
    const isReached = addresses.length === 0 ? false : await this.#askOthers(addresses.slice(0, mostAddresses), signal)
    signal.throwIfAborted()
    if (isReached !== undefined) await this.#conclude(!isReached)
  }

  /** @returns undefined when nobody has answered */
  async #askOthers(addresses: string[], signal: AbortSignal): Promise<boolean | undefined> {
    const { network } = this.#parts
    let failures = 0
    for (const peerId of this.#others()) {
      try {
        const { head } = await network.call(peerId, reachTry, { addresses }, { signal, timeoutMs })
        if (head.reached) return true
        failures += 1
      } catch (failure) {
        if (!(failure instanceof CodedError)) throw failure
      }
      if (failures === failuresWanted) break
    }
    return failures === 0 ? undefined : false
  }

  /** In any order: the same few may all be in one network with this node. */
  #others(): string[] {
    const { network, random } = this.#parts
    const isThere = ({ availability, peerId }: { availability: string; peerId: string }): boolean =>
      availability === 'up' && peerId !== network.selfId
    return drawn(network.storageMembers().filter(isThere), random, mostAsked).map(({ peerId }) => peerId)
  }

  async #conclude(isUnreachable: boolean): Promise<void> {
    const { transport, logger, onChange } = this.#parts
    if (isUnreachable !== this.#isUnreachable) {
      this.#isUnreachable = isUnreachable
      const verdict = isUnreachable ? 'other members can’t dial this node' : 'other members can dial this node again'
      logger.warn({ addresses: transport.addresses() }, verdict)
      onChange(isUnreachable)
    }
    await transport.useRelays(isUnreachable)
  }
}
