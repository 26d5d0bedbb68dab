/**
 * What peers tell each other of state, see docs/protocol.md. Hashes, names and records are too many for a head: they are
 * CBOR in the bodies, and the heads are empty.
 */
import {
  type Accusation,
  type Coordinate,
  checkBuckets,
  checkCoordinate,
  checkEntries,
  checkHashes,
  checkShortIds,
  DEFAULT_MAX_MEMBERS,
  type Differences,
  MAX_ACCUSERS,
  type News,
  type Scope,
  type SignedRecord,
  StateError,
} from '@p2pstore/state'
import * as v from 'valibot'
import { encodeCbor } from '../encoding/cbor.ts'
import { boundedBytes, count, decodeRecord } from '../encoding/record.ts'
import { MessageError } from './message.ts'

/** A view's hashes, to be compared with those of another. */
export interface CompareRequest {
  /** The caller's group: within one, everything is compared. */
  readonly group: string
  readonly hashes: Uint8Array
  readonly accusations: readonly Accusation[]
}

export interface CompareReply extends Differences {
  /** What was compared. */
  readonly scope: Scope
  readonly accusations: readonly Accusation[]
  /** Where the peer that answers is now: its record may be minutes old. */
  readonly coordinate: Coordinate
}

/** What the caller has newer, and what it has found to lack. */
export interface SwapRequest {
  readonly records: readonly SignedRecord[]
  /** Short ids. */
  readonly wanted: readonly string[]
}

export interface SwapReply {
  readonly records: readonly SignedRecord[]
}

/** What refutes accusations. */
export interface TellReply {
  readonly records: readonly SignedRecord[]
}

/** Where the peer that answers is: see coordinate.ts of the state package. */
export interface Pong {
  readonly coordinate: Coordinate
}

/** Somebody whom the caller can't reach. */
export interface AskRequest {
  readonly subject: string
}

export interface AskReply {
  readonly answered: boolean
}

/** How a body is written and read. */
export interface StateMessage<Request, Reply> {
  readonly method: string
  readonly request: BodyFormat<Request>
  readonly reply: BodyFormat<Reply>
}

interface BodyFormat<T> {
  encode(body: T): Uint8Array
  /** @throws MessageError REQUEST_INVALID, REPLY_INVALID */
  decode(bytes: Uint8Array): T
}

/** In one message; with records of some 600 bytes the body's own limit comes first. */
const maximumRecords = DEFAULT_MAX_MEMBERS
export const maximumAccusations = 64

const peerId = v.pipe(v.string(), v.minLength(1), v.maxLength(128))
const shortIds = v.pipe(v.string(), v.minLength(1), v.maxLength(12))
const records = v.pipe(
  v.array(v.strictObject({ payload: boundedBytes(16 * 1024), signature: boundedBytes(128) })),
  v.maxLength(maximumRecords),
)
const accusations = v.pipe(
  v.array(
    v.strictObject({
      subject: peerId,
      incarnation: count,
      version: count,
      accusers: v.pipe(v.array(shortIds), v.minLength(1), v.maxLength(MAX_ACCUSERS)),
      ageMs: count,
    }),
  ),
  v.maxLength(maximumAccusations),
)

/** Compares what two views know: → the buckets that differ, and what is in them. */
export const stateCompare = stateMessage<CompareRequest, CompareReply>(
  'state.compare',
  v.strictObject({ group: peerId, hashes: checked(checkHashes), accusations }),
  v.strictObject({
    scope: v.picklist(['group', 'network']),
    buckets: checked((value) => checkBuckets(value, maximumRecords)),
    entries: checked((value) => checkEntries(value, maximumRecords)),
    accusations,
    coordinate: checked(checkCoordinate),
  }),
)

/** Brings records and asks for others: → those. */
export const stateSwap = stateMessage<SwapRequest, SwapReply>(
  'state.swap',
  v.strictObject({ records, wanted: checked((value) => checkShortIds(value, maximumRecords)) }),
  v.strictObject({ records }),
)

/** Urgent news, see rumours.ts of the state package: → newer records of those who are accused. */
export const stateTell = stateMessage<News, TellReply>(
  'state.tell',
  v.strictObject({ accusations, records }),
  v.strictObject({ records }),
)

/** Are you there? → yes, here. */
export const statePing = stateMessage<Record<string, never>, Pong>(
  'state.ping',
  v.strictObject({}),
  v.strictObject({ coordinate: checked(checkCoordinate) }),
)

/** Pings another peer on the caller's behalf: → whether it answered. */
export const stateAsk = stateMessage<AskRequest, AskReply>(
  'state.ask',
  v.strictObject({ subject: peerId }),
  v.strictObject({ answered: v.boolean() }),
)

function stateMessage<Request, Reply>(
  method: string,
  request: v.GenericSchema<unknown, Request>,
  reply: v.GenericSchema<unknown, Reply>,
): StateMessage<Request, Reply> {
  return {
    method,
    request: format(request, () => new MessageError('REQUEST_INVALID', `${method}: the body is malformed`)),
    reply: format(reply, () => new MessageError('REPLY_INVALID', `reply to ${method}: the body is malformed`)),
  }
}

function format<T>(schema: v.GenericSchema<unknown, T>, refusal: () => MessageError): BodyFormat<T> {
  return {
    encode: encodeCbor,
    decode(bytes) {
      const body = decodeRecord(schema, bytes)
      if (body === undefined) throw refusal()
      return body
    },
  }
}

/** Schema of what a check of the state package lets through. */
function checked<T>(check: (value: unknown) => T) {
  return v.custom<T>((value) => {
    try {
      check(value)
      return true
    } catch (error) {
      if (error instanceof StateError) return false
      throw error
    }
  })
}
