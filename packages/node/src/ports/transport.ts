/**
 * Authenticated, encrypted byte streams between peers. A peer id is the text form of a libp2p Ed25519 peer id; whoever is
 * at the other end of a stream has proven that it holds the key of `remotePeerId`. Whether that peer is a *member* is not
 * the transport's business: the protocol's hello decides it.
 */
export interface Transport {
  readonly peerId: string

  /**
   * Starts to listen, if addresses to listen on were configured. `onStream` is called for every stream that a peer opens
   * and must attach a {@link StreamSink} before it returns. `introduce` is called before another peer is asked to carry a
   * connection to a third one.
   * @throws TransportError ADDRESS_IN_USE, ADDRESS_INVALID
   */
  start(onStream: (stream: ByteStream) => void, introduce?: Introduce): Promise<void>

  /** Closes every stream and connection and stops listening. Idempotent. */
  stop(): Promise<void>

  /** Where this peer can be dialled, as multiaddrs that end in its peer id. Empty when it does not listen. */
  addresses(): string[]

  /**
   * Opens a stream to a peer, over a connection that is already there or over a new one to one of `addresses`
   * (multiaddrs); with no usable address the peer is looked up by its id.
   * @throws TransportError PEER_UNREACHABLE; the signal's reason when aborted
   */
  open(peerId: string, addresses: readonly string[], options: { signal: AbortSignal }): Promise<ByteStream>

  /**
   * Tries, over a new connection, whether a peer that is connected can be dialled at these of its addresses, which must
   * be where it is seen to be. @returns false, too, when none of them is
   */
  dialBack(peerId: string, addresses: readonly string[], options: { signal: AbortSignal }): Promise<boolean>

  /** Has others reach this peer through relays too, or no more, if it was made to be told so. */
  useRelays(isWanted: boolean): Promise<void>

  /** The peer has been let in: until it disconnects it may cost as much as any other. */
  trust(peerId: string): void

  /** Closes every connection to a peer at once. */
  disconnect(peerId: string): void
}

/** Makes this peer known to another as a member; rejects when it can't. */
export type Introduce = (
  peer: { readonly peerId: string; readonly addresses: readonly string[] },
  signal: AbortSignal,
) => Promise<void>

/** Where the bytes and events of a stream go. Calls never throw. */
export interface StreamSink {
  /**
   * Bytes in order, in pieces of any size. The receiver may keep the piece: it is not changed, unless it is given back to
   * `arrivals` (slabs.ts).
   */
  data(bytes: Uint8Array): void
  /** More can be sent after `send` returned false. */
  drain(): void
  /** Both directions are over; no call follows. `error` when the stream did not end in good order. */
  close(error?: Error): void
}

/** One ordered, reliable stream of bytes in both directions. */
export interface ByteStream {
  readonly remotePeerId: string
  /** Where the other end is, for people to read. */
  readonly remoteAddress: string
  /** There is a better connection to the peer by now: streams opened from now on go over that one. */
  readonly isSuperseded: boolean
  /** Must be called once, synchronously on receipt of the stream. */
  attach(sink: StreamSink): void
  /**
   * Queues bytes for sending, without copying them: they must not change until they are on the wire. Returns false when
   * the caller should wait for `drain`; the bytes are queued all the same. Does nothing on a closed stream.
   */
  send(pieces: readonly Uint8Array[]): boolean
  /** No `data` is delivered until `resume`; the sender feels it. */
  pause(): void
  resume(): void
  /** Sends what is queued, then ends the stream. */
  close(): Promise<void>
  /** Ends the stream now, in both directions. */
  abort(reason: Error): void
}
