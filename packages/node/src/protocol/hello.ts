/**
 * The hello: the first message in each direction on every stream. Who opened the stream names the network and the lane and
 * shows its credential; the other end checks it and shows its own, or refuses with a code. Nothing else is read before, and
 * until then no frame may be larger than a hello.
 */
import { CodedError } from '../coded-error.ts'
import { onAbort } from '../on-abort.ts'
import type { Channel } from './channel.ts'
import type { Doorman, Member } from './doorman.ts'
import { maximumErrorTextLength } from './failure.ts'
import { maximumBodyBytes, maximumHeadBytes } from './frame.ts'
import { type Lane, maximumCredentialBytes } from './head-layout.ts'
import { encodeMessage, type Message, type MessageHead } from './message.ts'
import { ProtocolError } from './protocol-error.ts'
import { RemoteError } from './rpc-error.ts'
import type { RpcLimits } from './rpc-limits.ts'

/** A credential and a few words around it. */
export const helloFrameLimits = { headBytes: maximumCredentialBytes + 1024, bodyBytes: 0 }
const openFrameLimits = { headBytes: maximumHeadBytes, bodyBytes: maximumBodyBytes }

type Hello = MessageHead<'hello'>

/** What this side says of itself. */
export interface Self {
  readonly doorman: Doorman
  readonly limits: Pick<RpcLimits, 'windowBytes' | 'requestLimit'>
}

/** The other end of a stream, once it has been let in. */
export interface Introduction {
  readonly member: Member
  readonly hello: Hello
}

/** The peer was told why it may not come in. */
export class RefusedError extends Error {}

/**
 * The opener's part. An aborted signal aborts the channel.
 * @throws RemoteError the refusal; CodedError from the doorman; ProtocolError; what ended the stream
 */
export async function introduceTo(
  channel: Channel,
  lane: Lane,
  self: Self,
  signal: AbortSignal,
): Promise<Introduction> {
  const answer = firstMessage(channel, signal)
  channel.send(helloOf(lane, self))
  const message = await answer
  if (message.kind === 'refusal') {
    throw new RemoteError(channel.remotePeerId, { ...message.head, retryable: false })
  }
  return letIn(channel, expectHello(message), self.doorman)
}

/**
 * The acceptor's part. An aborted signal aborts the channel.
 * @throws RefusedError; ProtocolError; what ended the stream
 */
export async function receiveFrom(channel: Channel, self: Self, signal: AbortSignal): Promise<Introduction> {
  const hello = expectHello(await firstMessage(channel, signal))
  try {
    const introduction = letIn(channel, hello, self.doorman)
    channel.send(helloOf(hello.lane, self))
    return introduction
  } catch (cause) {
    if (!(cause instanceof CodedError)) throw cause
    const message = cause.message.slice(0, maximumErrorTextLength)
    channel.send(encodeMessage('refusal', { code: cause.code, message }))
    throw new RefusedError(cause.message, { cause })
  }
}

function firstMessage(channel: Channel, signal: AbortSignal): Promise<Message> {
  return new Promise((resolve, reject) => {
    let forget = (): void => {}
    channel.listen({
      message(message) {
        forget()
        channel.listen(undefined)
        resolve(message)
      },
      drain() {},
      close(error) {
        forget()
        reject(error ?? new ProtocolError('HELLO_MISSING', 'the peer ended the stream without a hello'))
      },
    })
    forget = onAbort(signal, () => channel.abort(signal.reason))
  })
}

function expectHello(message: Message): Hello {
  if (message.kind === 'hello') return message.head
  throw new ProtocolError('FRAME_INVALID', `a ${message.kind} came before the hello`)
}

/** @throws CodedError */
function letIn(channel: Channel, hello: Hello, doorman: Doorman): Introduction {
  if (hello.network !== doorman.network) {
    throw new ProtocolError('WRONG_NETWORK', 'the two peers belong to different networks')
  }
  const member = doorman.admit(channel.remotePeerId, hello.credential)
  channel.setLimits(openFrameLimits)
  return { member, hello }
}

function helloOf(lane: Lane, { doorman, limits }: Self) {
  const { windowBytes, requestLimit } = limits
  const credential = doorman.credential()
  return encodeMessage('hello', { network: doorman.network, lane, credential, windowBytes, requestLimit })
}
