import {
  type StateMessage,
  stateAsk,
  stateCompare,
  statePing,
  stateSwap,
  stateTell,
} from '../messages/state-messages.ts'
import type { Handler, Rpc } from '../protocol/rpc.ts'
import type { Answerer, Messenger, MessengerOptions } from './messenger.ts'

export interface RpcMessengerParts {
  readonly rpc: Pick<Rpc, 'call'>
  /** Where a peer may be found. */
  readonly addressesOf: (peerId: string) => readonly string[]
}

/** Carries messages about state over the rpc's control lane. */
export class RpcMessenger implements Messenger {
  readonly #parts: RpcMessengerParts
  #sentBytes = 0

  constructor(parts: RpcMessengerParts) {
    this.#parts = parts
  }

  get sentBytes(): number {
    return this.#sentBytes
  }

  compare: Messenger['compare'] = (peerId, request, options) => this.#call(peerId, stateCompare, request, options)

  swap: Messenger['swap'] = (peerId, request, options) => this.#call(peerId, stateSwap, request, options)

  tell: Messenger['tell'] = (peerId, news, options) => this.#call(peerId, stateTell, news, options)

  ping: Messenger['ping'] = (peerId, options) => this.#call(peerId, statePing, {}, options)

  ask: Messenger['ask'] = (peerId, request, options) => this.#call(peerId, stateAsk, request, options)

  /** What hands the other peers' messages to `answerer`, by method. */
  handlers(answerer: Answerer): [string, Handler][] {
    return [
      this.#handler(stateCompare, (peerId, request) => answerer.compare(peerId, request)),
      this.#handler(stateSwap, (peerId, request) => answerer.swap(peerId, request)),
      this.#handler(stateTell, (peerId, news) => answerer.tell(peerId, news)),
      this.#handler(statePing, (peerId) => answerer.ping(peerId)),
      this.#handler(stateAsk, (peerId, request) => answerer.ask(peerId, request)),
    ]
  }

  #handler<Request, Reply>(
    { method, request, reply }: StateMessage<Request, Reply>,
    answer: (peerId: string, request: Request) => Reply | Promise<Reply>,
  ): [string, Handler] {
    const handler: Handler = async ({ body, from }) => {
      const answered = reply.encode(await answer(from.peerId, request.decode(body.subarray())))
      this.#sentBytes += answered.length
      return { body: answered }
    }
    return [method, handler]
  }

  async #call<Request, Reply>(
    peerId: string,
    { method, request, reply }: StateMessage<Request, Reply>,
    message: Request,
    { timeoutMs, signal }: MessengerOptions,
  ): Promise<Reply> {
    const { rpc, addressesOf } = this.#parts
    const body = request.encode(message)
    this.#sentBytes += body.length
    const options = { body, signal, timeoutMs, lane: 'control' as const }
    const answer = await rpc.call({ peerId, addresses: addressesOf(peerId) }, method, {}, options)
    return reply.decode(answer.body.subarray())
  }
}
