import { encodeCbor } from '../../src/encoding/cbor.ts'
import { encodeKeys, encodeSwap } from '../../src/messages/membership-messages.ts'

/** What a message may look like: heads, and bodies that are CBOR. */
export interface Example {
  readonly request: unknown
  readonly reply: unknown
  readonly requestBody?: Uint8Array
  readonly replyBody?: Uint8Array
}

const id = new Uint8Array(24).fill(1)
const run = new Uint8Array(16).fill(2)
const hash = new Uint8Array(32).fill(3)
const where = { unit: 'u', segment: 1, offsetBytes: 4096, lengthBytes: 5, checksum: 6, deleteAfterMs: 0 }
const write = { id, run, checksum: 1, deleteAfterMs: 0 }
const signed = { payload: new Uint8Array(40), signature: new Uint8Array(64) }
const accusation = { subject: 'peer', incarnation: 1, version: 2, accusers: ['abc'], ageMs: 5 }
const coordinate = { vectorUs: [0, 0, 0, 0, 0, 0, 0, -1], heightUs: 10, errorPerMille: 1_500 }
const swap = {
  items: [{ kind: 'revocation' as const, record: encodeCbor(signed) }],
  wanted: [new Uint8Array(8)],
}
const health = { readErrors: 0, writeErrors: 0, damagedReads: 0, readMs: 1, usualReadMs: 1, writeMs: 1 }
const unit = {
  ...{ name: 'a', place: '/a', state: 'active', problem: null, capacityBytes: 1e9, freeBytes: 1, reservedBytes: 0 },
  ...{ liveBytes: 1, deadBytes: 0, shardCount: 3 },
  health: { ...health, usualWriteMs: 1, isSlow: false, disk: 'good', fillBytesPerDay: -1 },
}
const scrub = {
  ...{ startedMs: 1, checkedShards: 2, checkedBytes: 3, unreadableShards: 0, completedMs: null, damaged: [] },
  ...{ damagedShards: 0, progress: 0.5, isHurried: false, periodMs: 1e9 },
}

const rebalance = {
  ...{ state: 'moving', heldBytes: 5, roomBytes: 9, progress: 0.5, planned: { shards: 1, bytes: 2 } },
  ...{ moved: { shards: 0, bytes: 0 }, misplacedShards: 1, hinderedShards: 0, problem: null },
  takers: [{ peerId: 'peer', shards: 1, bytes: 2 }],
}

/** One of each message, by method. */
export const examples: Readonly<Record<string, Example>> = {
  'shard.put': { request: { ...write, durability: 'durable', alone: true }, reply: where },
  'shard.forward': {
    request: { ...write, durability: 'memory', to: 'peer' },
    reply: { ...where, holder: 'peer' },
  },
  'location.put': { request: write, reply: where },
  'shard.get': { request: { id, range: { offsetBytes: 1, lengthBytes: 2 } }, reply: {} },
  'shards.put': {
    request: { shards: [{ ...write, lengthBytes: 5 }] },
    reply: { shards: [where, { code: 'SHARD_CONFLICT', message: 'no', retryable: false }] },
  },
  'shards.get': {
    request: { ids: [id, id] },
    reply: { shards: [5, { code: 'SHARD_LONG', message: 'no', retryable: false }] },
  },
  'shard.stat': { request: { ids: [id, id] }, reply: { shards: [where, null] } },
  'shard.check': { request: { ids: [id] }, reply: { shards: [hash, 'damaged', null] } },
  'shard.delete': { request: { ids: [id], deleteKey: hash }, reply: { deleted: 1 } },
  'state.compare': {
    request: {},
    requestBody: encodeCbor({ group: 'g', hashes: new Uint8Array(64), accusations: [accusation] }),
    reply: {},
    replyBody: encodeCbor({
      scope: 'group',
      buckets: [1],
      entries: [['abc', 1, 2]],
      accusations: [accusation],
      coordinate,
    }),
  },
  'state.swap': {
    request: {},
    requestBody: encodeCbor({ records: [signed], wanted: ['abc'] }),
    reply: {},
    replyBody: encodeCbor({ records: [signed] }),
  },
  'state.tell': {
    request: {},
    requestBody: encodeCbor({ accusations: [accusation], records: [signed] }),
    reply: {},
    replyBody: encodeCbor({ records: [signed] }),
  },
  'state.ping': { request: {}, requestBody: encodeCbor({}), reply: {}, replyBody: encodeCbor({ coordinate }) },
  'state.ask': {
    request: {},
    requestBody: encodeCbor({ subject: 'peer' }),
    reply: {},
    replyBody: encodeCbor({ answered: true }),
  },
  'unit.list': { request: {}, reply: { units: [unit] } },
  'unit.add': { request: { place: { kind: 'directory', path: '/a' }, capacityBytes: null }, reply: { unit } },
  'unit.remove': { request: { name: 'a', abandon: false, out: true }, reply: {} },
  'node.drain': { request: { isDraining: true }, reply: {} },
  'unit.resize': { request: { name: 'a', capacityBytes: 1e9 }, reply: { unit } },
  'scrub.show': { request: {}, reply: scrub },
  'scrub.hurry': { request: {}, reply: scrub },
  'rebalance.show': { request: {}, reply: rebalance },
  'rebalance.begin': { request: { task: 'plan' }, reply: rebalance },
  'rebalance.stop': { request: {}, reply: rebalance },
  'members.compare': { request: { digest: hash }, reply: { same: false }, replyBody: encodeKeys(['0123456789abcdef']) },
  'members.swap': { request: {}, requestBody: encodeSwap(swap), reply: {}, replyBody: encodeSwap(swap) },
  'reach.try': { request: { addresses: ['/ip4/192.0.2.1/tcp/7420'] }, reply: { reached: true } },
}
