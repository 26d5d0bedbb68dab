import { sleep } from '../../clock/sleep.ts'
import { onAbort } from '../../on-abort.ts'
import type { ByteStream, Transport } from '../../ports/transport.ts'
import { TransportError } from '../transport-error.ts'
import type { Endpoint, MemoryNetwork } from './network.ts'

/** One peer's transport on a {@link MemoryNetwork}. */
export class MemoryTransport implements Transport {
  readonly peerId: string
  readonly #address: string | undefined
  readonly #network: MemoryNetwork
  readonly #isShielded: boolean
  #endpoint: Endpoint | undefined

  constructor(network: MemoryNetwork, peerId: string, address: string | undefined, isShielded: boolean) {
    this.#network = network
    this.peerId = peerId
    this.#address = address
    this.#isShielded = isShielded
  }

  async start(onStream: (stream: ByteStream) => void): Promise<void> {
    const endpoint = { peerId: this.peerId, address: this.#address, isShielded: this.#isShielded, onStream }
    if (!this.#network.add(endpoint)) {
      throw new TransportError(
        'ADDRESS_IN_USE',
        `${this.#address ?? this.peerId} is already in use; choose another address to listen on`,
      )
    }
    this.#endpoint = endpoint
  }

  async stop(): Promise<void> {
    if (this.#isThere()) this.#network.remove(this.peerId)
  }

  addresses(): string[] {
    return this.#address === undefined ? [] : [`${this.#address}/p2p/${this.peerId}`]
  }

  async open(peerId: string, _addresses: readonly string[], { signal }: { signal: AbortSignal }): Promise<ByteStream> {
    signal.throwIfAborted()
    await this.#roundTrip(peerId, signal)
    const target = this.#isThere() ? this.#network.find(this.peerId, peerId) : undefined
    if (target === undefined || peerId === this.peerId) {
      throw new TransportError('PEER_UNREACHABLE', `nobody answers for ${peerId}`, { retryable: true })
    }
    return this.#network.join(this.#endpoint!, target)
  }

  async dialBack(peerId: string, addresses: readonly string[], { signal }: { signal: AbortSignal }): Promise<boolean> {
    const network = this.#network
    await sleep(network.clock, network.roundTripMs(this.peerId, peerId), signal)
    return addresses.length > 0 && this.#isThere() && network.canDial(this.peerId, peerId)
  }

  /** There are no relays in memory. */
  async useRelays(): Promise<void> {}

  trust(): void {}

  disconnect(peerId: string): void {
    if (this.#isThere()) this.#network.breakOff(this.peerId, peerId, new Error('the connection was ended'))
  }

  #isThere(): boolean {
    return this.#endpoint !== undefined && this.#network.has(this.#endpoint)
  }

  /** As long as the way there or back is cut, nothing comes back, not even a refusal. */
  async #roundTrip(peerId: string, signal: AbortSignal): Promise<void> {
    const network = this.#network
    await sleep(network.clock, network.roundTripMs(this.peerId, peerId), signal)
    while (network.isCut(this.peerId, peerId) || network.isCut(peerId, this.peerId)) {
      signal.throwIfAborted()
      await new Promise<void>((resolve, reject) => {
        const settle = (finish: () => void) => () => {
          forgetHeal()
          forgetAbort()
          finish()
        }
        const forgetHeal = network.onHealed(settle(resolve))
        const forgetAbort = onAbort(
          signal,
          settle(() => reject(signal.reason)),
        )
      })
    }
  }
}
