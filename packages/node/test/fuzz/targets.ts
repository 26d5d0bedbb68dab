import { decodeCbor, encodeCbor } from '../../src/encoding/cbor.ts'
import { createIdentity } from '../../src/identity/identity.ts'
import { certify, nameSuccessor, signRevocation } from '../../src/membership/authority.ts'
import { decodeCredential, encodeCredential } from '../../src/membership/certificate.ts'
import { itemKinds, Roll } from '../../src/membership/roll.ts'
import { encodeSigned } from '../../src/membership/rulings.ts'
import { allMessages } from '../../src/messages/all-messages.ts'
import { decodeKeys, decodeSwap } from '../../src/messages/membership-messages.ts'
import { type Message, parseReply, parseRequest } from '../../src/messages/message.ts'
import { FrameParser, maximumBodyBytes, maximumHeadBytes } from '../../src/protocol/frame.ts'
import { decodeMessage, type MessageKind } from '../../src/protocol/message.ts'
import frames from '../protocol/golden/messages.json' with { type: 'json' }
import { examples } from './examples.ts'
import { changeBytes, mutate } from './mutate.ts'

/** Something that reads what comes from outside. */
export interface Target {
  readonly name: string
  /** What it takes. */
  readonly example: Uint8Array
  readonly mutate: typeof mutate
  /** May throw nothing but a CodedError with one of these codes. */
  readonly read: (bytes: Uint8Array) => unknown
  readonly codes: readonly string[]
}

/** As the wire sees each kind of frame; a kind without an example does not compile. */
const kinds: Readonly<Record<MessageKind, string>> = frames

const frameTargets = Object.entries(kinds).map(
  ([kind, hex]): Target => ({
    name: `frame ${kind}`,
    example: new Uint8Array(Buffer.from(hex, 'hex')),
    mutate: changeBytes,
    read: (bytes) => {
      const parser = new FrameParser({ headBytes: maximumHeadBytes, bodyBytes: maximumBodyBytes })
      for (const frame of parser.push(bytes)) decodeMessage(frame)
    },
    codes: ['FRAME_INVALID'],
  }),
)

type Read = (bytes: Uint8Array) => unknown

/** How the two bodies of messages about members are read; those about state bring their own way. */
const bodyReaders: Readonly<Record<string, { request?: Read; reply?: Read }>> = {
  'members.compare': { reply: decodeKeys },
  'members.swap': { request: decodeSwap, reply: decodeSwap },
}

const messageTargets = allMessages.flatMap((message): Target[] => {
  const { method } = message
  const example = examples[method]
  if (example === undefined) throw new Error(`there is no example of ${method} in examples.ts`)
  const codes = ['REQUEST_INVALID', 'REPLY_INVALID']
  const of = (part: string, bytes: Uint8Array | undefined, read: Read | undefined): Target[] =>
    bytes === undefined || read === undefined
      ? []
      : [{ name: `${method} ${part}`, example: bytes, mutate: read === decodeKeys ? changeBytes : mutate, read, codes }]
  if ('decode' in message.request) {
    const { request, reply } = message as { request: { decode: Read }; reply: { decode: Read } }
    return [...of('request', example.requestBody, request.decode), ...of('reply', example.replyBody, reply.decode)]
  }
  const head = message as unknown as Message
  return [
    ...of(
      'request',
      encodeCbor(example.request),
      afterCbor((value) => parseRequest(head, value)),
    ),
    ...of(
      'reply',
      encodeCbor(example.reply),
      afterCbor((value) => parseReply(head, value)),
    ),
    ...of('request body', example.requestBody, bodyReaders[method]?.request),
    ...of('reply body', example.replyBody, bodyReaders[method]?.reply),
  ]
})

/** What is no CBOR never gets as far as a head: its frame is refused. */
function afterCbor(read: (value: unknown) => unknown): Read {
  return (bytes) => {
    let value: unknown
    try {
      value = decodeCbor(bytes)
    } catch {
      return
    }
    read(value)
  }
}

const [key, next, holder] = [1, 2, 3].map((fill) => createIdentity(new Uint8Array(32).fill(fill)))
const authority = { key: key!, founder: key!.peerId, succession: [] }
const credential = encodeCredential(
  certify(authority, holder!.peerId, { role: 'storage', expiresAtMs: 0, domain: 'd' }),
)
const records = {
  succession: encodeSigned(nameSuccessor(authority, next!, 5).succession[0]!),
  revocation: encodeSigned(signRevocation(authority, { peerId: holder!.peerId, atMs: 1 })),
  credential,
}

/** Whatever a roll is given, it keeps to its own rules: what it refuses it says, and throws nothing. */
const rollTargets = itemKinds.map(
  (kind): Target => ({
    name: `roll ${kind}`,
    example: records[kind],
    mutate,
    read: (record) => new Roll(authority.founder).merge([{ kind, record }], 1),
    codes: [],
  }),
)

const credentialTarget: Target = {
  name: 'credential of a hello',
  example: credential,
  mutate,
  read: (bytes) => new Roll(authority.founder).check(decodeCredential(bytes), holder!.peerId, 1),
  codes: ['NOT_A_MEMBER', 'WRONG_NETWORK', 'MEMBERSHIP_EXPIRED'],
}

export const targets: readonly Target[] = [...frameTargets, ...messageTargets, ...rollTargets, credentialTarget]
