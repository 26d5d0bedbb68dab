/**
 * Requests between members. Whoever calls a peer opens a stream to it for each lane, keeps it, and sends requests over it
 * without waiting for the answers to earlier ones; answers come back in any order. See docs/protocol.md for the bytes and
 * hello.ts, caller.ts, answerer.ts and send-queue.ts for the four parts of the protocol.
 */
import type { Uint8ArrayList } from 'uint8arraylist'
import { DeadlineError, deadline } from '../clock/deadline.ts'
import { CodedError } from '../coded-error.ts'
import { onAbort } from '../on-abort.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Transport } from '../ports/transport.ts'
import type { Answer } from './caller.ts'
import { Connections, type PeerAddress } from './connections.ts'
import type { Doorman } from './doorman.ts'
import type { Handler } from './handler.ts'
import { isMethod, type Lane, maximumTimeoutMs } from './head-layout.ts'
import type { CallReport, RpcObserver } from './observer.ts'
import { RemoteError, RpcError } from './rpc-error.ts'
import { type RpcLimits, resolveLimits } from './rpc-limits.ts'

export type { Doorman } from './doorman.ts'
export type { Handler, Reply, Request } from './handler.ts'

export interface RpcOptions {
  /** Started and stopped by the rpc. */
  readonly transport: Transport
  readonly clock: Clock
  readonly logger: Logger
  readonly doorman: Doorman
  readonly handler: Handler
  readonly limits?: Partial<RpcLimits>
}

export interface CallOptions {
  /**
   * At most 1 MiB + 4 KiB. Sent without a copy: it should not change until the call has settled. Bytes that change after the
   * call was given up may still arrive changed, so methods that store a body carry its checksum.
   */
  readonly body?: Uint8Array | Uint8ArrayList | undefined
  readonly signal?: AbortSignal | undefined
  /** For the whole call, connecting included. Default 10,000. */
  readonly timeoutMs?: number | undefined
  /** Default: `bulk` when there is a body. Say `bulk` for a request whose reply has one. */
  readonly lane?: Lane | undefined
}

export interface Rpc {
  /**
   * Starts to listen and to answer.
   * @throws TransportError ADDRESS_IN_USE, ADDRESS_INVALID
   */
  start(): Promise<void>
  /**
   * Sends a request and waits for its answer.
   * @param head what CBOR can say, at most 64 KiB of it
   * @throws RemoteError the peer's answer, or its refusal to let us in
   * @throws RpcError PEER_UNREACHABLE, TIMEOUT, ABORTED, OVERLOADED, CLOSED
   * @throws CodedError why our doorman does not let the peer in; ProtocolError when it breaks the protocol in its hello
   * @throws TypeError or RangeError when the request can't be sent as it is
   */
  call(peer: PeerAddress, method: string, head: unknown, options?: CallOptions): Promise<Answer>
  /** Tells `observer` what happens from now on, until the function returned is called. */
  observe(observer: RpcObserver): () => void
  /** Ends every stream of a peer: for one that is no longer a member. */
  disconnect(peerId: string): void
  /** Ends every stream, fails every call and stops the transport. Idempotent. */
  close(): Promise<void>
}

export function createRpc(options: RpcOptions): Rpc {
  return new StreamRpc(options)
}

const defaultTimeoutMs = 10_000

class StreamRpc implements Rpc {
  readonly #transport: Transport
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #doorman: Doorman
  readonly #connections: Connections
  readonly #observers = new Set<RpcObserver>()

  constructor({ limits, ...parts }: RpcOptions) {
    this.#transport = parts.transport
    this.#clock = parts.clock
    this.#logger = parts.logger
    this.#doorman = parts.doorman
    this.#connections = new Connections({
      ...parts,
      limits: resolveLimits(limits),
      onConnected: (member, address) => this.#tell((observer) => observer.connected?.(member, address)),
      onDisconnected: (member) => this.#tell((observer) => observer.disconnected?.(member)),
    })
  }

  start(): Promise<void> {
    return this.#transport.start(
      (stream) => this.#connections.accept(stream),
      async (peer, signal) => void (await unlessAborted(this.#connections.lane(peer, 'control'), signal)),
    )
  }

  async call(peer: PeerAddress, method: string, head: unknown, options: CallOptions = {}): Promise<Answer> {
    const { timeoutMs = defaultTimeoutMs } = options
    if (!isMethod(method)) throw new TypeError(`${JSON.stringify(method)} is not the name of a method`)
    if (!(timeoutMs >= 1 && timeoutMs <= maximumTimeoutMs)) {
      throw new RangeError(`timeoutMs must be from 1 to ${maximumTimeoutMs}, not ${timeoutMs}`)
    }
    const startMs = this.#clock.monotonicMs()
    const limit = deadline(this.#clock, timeoutMs, options.signal)
    let bytes = options.body?.byteLength ?? 0
    let failure: unknown
    try {
      const { body } = options
      const lane = laneFor(options)
      const caller =
        this.#connections.openLane(peer.peerId, lane) ??
        (await unlessAborted(this.#connections.lane(peer, lane), limit.signal))
      this.#doorman.assertAnswers(caller.member, method)
      const remainingMs = Math.max(1, Math.ceil(startMs + timeoutMs - this.#clock.monotonicMs()))
      const answer = await caller.call({ method, head, body, timeoutMs: remainingMs }, limit)
      bytes += answer.body.byteLength
      return answer
    } catch (error) {
      failure = limit.end !== undefined && error === limit.end.reason ? gaveUp(error, method, peer.peerId) : error
      throw failure
    } finally {
      limit.dispose()
      const elapsedMs = this.#clock.monotonicMs() - startMs
      const report = { peerId: peer.peerId, method, elapsedMs, bytes, ...resultOf(failure) }
      this.#tell((observer) => observer.called?.(report))
    }
  }

  observe(observer: RpcObserver): () => void {
    this.#observers.add(observer)
    return () => this.#observers.delete(observer)
  }

  disconnect(peerId: string): void {
    this.#connections.disconnect(peerId, new Error('this side has ended the connection'))
  }

  async close(): Promise<void> {
    this.#connections.close()
    await this.#transport.stop()
  }

  #tell(notify: (observer: RpcObserver) => void): void {
    for (const observer of this.#observers) {
      try {
        notify(observer)
      } catch (error) {
        this.#logger.error({ err: error }, 'an observer failed')
      }
    }
  }
}

function laneFor({ lane, body }: CallOptions): Lane {
  return lane ?? (body === undefined || body.byteLength === 0 ? 'control' : 'bulk')
}

/** What the deadline's signal says, in the words of an rpc. */
function gaveUp(reason: unknown, method: string, peerId: string): RpcError {
  return reason instanceof DeadlineError
    ? new RpcError('TIMEOUT', `${peerId} did not answer ${method} in time`, { cause: reason, retryable: true })
    : new RpcError('ABORTED', `${method} to ${peerId} was given up`, { cause: reason })
}

function resultOf(failure: unknown): Pick<CallReport, 'outcome' | 'code'> {
  if (failure === undefined) return { outcome: 'answered' }
  if (!(failure instanceof CodedError)) return { outcome: 'unsent' }
  const { code } = failure
  if (failure instanceof RemoteError) return { outcome: 'answered', code }
  return { outcome: code === 'PEER_UNREACHABLE' || code === 'TIMEOUT' ? 'undelivered' : 'unsent', code }
}

/** Waits for a promise as long as the signal allows; the promise itself goes on. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    onAbort(signal, reject)
    promise.then(resolve, reject)
  })
}
