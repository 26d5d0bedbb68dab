import type { Answerer, Messenger, MessengerOptions } from '@p2pstore/node/memory'
import type { Station, Wire } from './wire.ts'
import { wireBytes } from './wire-size.ts'

/** Who sends and gets messages. */
interface Speaker extends Station {
  readonly peerId: string
  readonly gossip: Answerer
  readonly messenger: { sentBytes: number }
}

/** Speaks for one node over the wire, and counts what the node sends. */
export class CountingMessenger implements Messenger {
  sentBytes = 0
  readonly #wire: Wire
  readonly #self: () => Speaker
  readonly #find: (peerId: string) => Speaker

  constructor(wire: Wire, self: () => Speaker, find: (peerId: string) => Speaker) {
    this.#wire = wire
    this.#self = self
    this.#find = find
  }

  compare: Messenger['compare'] = (peerId, request, options) =>
    this.#send(peerId, request, options, (to, selfId) => to.compare(selfId, request))

  swap: Messenger['swap'] = (peerId, request, options) =>
    this.#send(peerId, request, options, (to, selfId) => to.swap(selfId, request))

  tell: Messenger['tell'] = (peerId, news, options) =>
    this.#send(peerId, news, options, (to, selfId) => to.tell(selfId, news))

  ping: Messenger['ping'] = (peerId, options) => this.#send(peerId, {}, options, (to, selfId) => to.ping(selfId))

  ask: Messenger['ask'] = (peerId, request, options) =>
    this.#send(peerId, request, options, (to, selfId) => to.ask(selfId, request))

  async #send<Reply extends object>(
    peerId: string,
    request: object,
    { timeoutMs }: MessengerOptions,
    answer: (to: Answerer, selfId: string) => Reply | Promise<Reply>,
  ): Promise<Reply> {
    const [self, to] = [this.#self(), this.#find(peerId)]
    this.sentBytes += wireBytes(request)
    return this.#wire.carry(self, to, timeoutMs, async () => {
      const reply = await answer(to.gossip, self.peerId)
      to.messenger.sentBytes += wireBytes(reply)
      return reply
    })
  }
}
