/**
 * The walk of a put, from top to bottom:
 *
 *   source → segments → seal and encode → place and upload → pages → manifest → receipt
 *
 * An object that is not worth a stripe is sealed into its manifest instead: source → seal → manifest → receipt.
 * Each step pulls from the one before it, so that a slow node slows the source and memory stays bounded. The manifest goes
 * last: an object that was not stored whole can't be found at all, and what was stored of it is deleted again.
 */
import { pipe } from 'it-pipe'
import { Uint8ArrayList } from 'uint8arraylist'
import { ObjectWriter, type WrittenStripe } from './catalog/object-writer.ts'
import { sleep } from './clock/sleep.ts'
import { locate, type ShardReceipt } from './locate.ts'
import { capabilityNetwork, formatCapability } from './object/capability.ts'
import { sealContent } from './object/cipher.ts'
import { segmentBytes } from './object/geometry.ts'
import { deriveObjectKeys, type ObjectKeys, secretBytes } from './object/keys.ts'
import type { StoredShard } from './object/location-page.ts'
import { type ByteSource, cutSegments, peek, readSource } from './object/source.ts'
import { never } from './on-abort.ts'
import type { Peer } from './peer.ts'
import { type PutOptions, type ResolvedPutOptions, resolvePutOptions } from './put-options.ts'
import { requiredShards } from './transfer/acknowledgement.ts'
import type { Coding } from './transfer/coding.ts'
import { discardObject } from './transfer/discard.ts'
import { type EncodedStripe, encodeSegments } from './transfer/encode.ts'
import { assertEnoughNodes, placeShards } from './transfer/place-stripe.ts'
import { tooFewStored, uploadStripe } from './transfer/upload.ts'
import { inWindow } from './transfer/window.ts'

/** What a put acknowledges. */
export interface PutReceipt {
  /** The text that opens the object: a secret. */
  readonly capability: string
  /** The text that verifies and repairs the object, but can't open it. */
  readonly verifyCapability: string
  /** The encode run that every shard carries, hexadecimal. */
  readonly runId: string
  readonly objectBytes: number
  readonly scheme: string
  /** 0 when the object lies in its manifest. */
  readonly stripeCount: number
  /**
   * Shards acknowledged: stripeCount × n, less those that were given up; without stripes, copies of the manifest that
   * holds the object.
   */
  readonly storedShards: number
  /** How many of them went through the node of another shard, because this peer has no good way to theirs. */
  readonly passedOnShards: number
  readonly elapsedMs: number
  /** The acknowledgement of every shard with its storage key, read back page by page. */
  shards(): AsyncGenerator<ShardReceipt>
}

/** Before each attempt to store a stripe: long enough together for the view to learn which nodes are really there. */
const retryDelaysMs = [0, 500, 1_000, 2_000] as const

/** One put under way. */
interface PutWalk {
  readonly peer: Peer
  readonly settings: ResolvedPutOptions
  readonly coding: Coding
  readonly secret: Uint8Array
  readonly keys: ObjectKeys
  /** Acknowledgements that every stripe must have. */
  readonly requiredShards: number
  readonly writer: ObjectWriter
  readonly startedMs: number
  passedOnShards: number
}

/**
 * Stores everything the source yields.
 * @throws UploadError TOO_FEW_NODES, SourceError SOURCE_FAILED, CodecError SCHEME_INVALID; the signal's reason when aborted
 */
export async function put(source: ByteSource, options: PutOptions, peer: Peer): Promise<PutReceipt> {
  const bytes = readSource(source)
  const walk = await beginPut(options, peer)
  try {
    const { first = new Uint8ArrayList(), all } = await peek(cutSegments(bytes, segmentBytes(walk.coding.geometry)))
    const { root } = fitsManifest(first, walk) ? await storeContent(first, walk) : await storeStripes(all, walk)
    return receiptOf(walk, root)
  } catch (failure) {
    await undo(walk)
    walk.settings.signal.throwIfAborted()
    throw failure
  }
}

/** Only an object's last segment is shorter than a full one. */
function fitsManifest(first: Uint8ArrayList, { coding, settings }: PutWalk): boolean {
  return first.length <= settings.inlineBytes && first.length < segmentBytes(coding.geometry)
}

async function storeContent(
  plaintext: Uint8ArrayList,
  { keys, settings, writer }: PutWalk,
): Promise<{ root: Uint8Array }> {
  const written = await writer.finishWith(sealContent(keys, plaintext, plaintext.length))
  settings.onProgress(writer.objectBytes)
  return written
}

async function storeStripes(segments: AsyncGenerator<Uint8ArrayList>, walk: PutWalk): Promise<{ root: Uint8Array }> {
  const { coding, keys, settings, writer } = walk
  await pipe(
    segments,
    (segments) => encodeSegments(segments, coding, keys, settings.signal),
    (stripes) => inWindow(stripes, coding.stripes.count, (stripe, stop) => storeStripe(stripe, walk, stop)),
    (stripes) => recordStripes(stripes, walk),
  )
  return writer.finish()
}

async function beginPut(options: PutOptions, peer: Peer): Promise<PutWalk> {
  const settings = resolvePutOptions(options)
  const startedMs = peer.clock.monotonicMs()
  const coding = await peer.codings.open(settings.scheme, settings.shardBytes)
  const { tolerance, totalShards } = coding.codec
  const required = requiredShards(settings.acknowledge, totalShards, tolerance)
  assertEnoughNodes(peer.network, settings, required)
  const secret = peer.random.bytes(secretBytes)
  const keys = deriveObjectKeys(secret, peer.networkId)
  const records = {
    keys,
    geometry: coding.geometry,
    scheme: settings.scheme,
    deleteAfterMs: settings.deleteAfterMs,
    copies: tolerance + 1,
    requiredCopies: tolerance + 1 - (totalShards - required),
  }
  const writer = new ObjectWriter(records, peer.network, settings.signal)
  return { peer, settings, coding, secret, keys, requiredShards: required, writer, startedMs, passedOnShards: 0 }
}

async function storeStripe(encoded: EncodedStripe, walk: PutWalk, stop: AbortSignal): Promise<WrittenStripe> {
  try {
    const stored = await storeShards(encoded, walk, AbortSignal.any([walk.settings.signal, stop]))
    return { plaintextBytes: encoded.plaintextBytes, hashes: encoded.hashes, stored }
  } finally {
    encoded.release()
  }
}

/** Places and uploads; what no node could take is tried again, elsewhere and after a while, before the put is given up. */
async function storeShards(
  { shards, stripe }: EncodedStripe,
  walk: PutWalk,
  signal: AbortSignal,
): Promise<ReadonlyMap<number, StoredShard>> {
  const { coding, keys, peer, requiredShards, settings } = walk
  const { objectId, runId } = keys
  const stored = new Map<number, StoredShard>()
  for (const delayMs of retryDelaysMs) {
    if (delayMs > 0) await sleep(peer.clock, delayMs, signal)
    const missing = new Map([...shards.entries()].filter(([index]) => !stored.has(index)))
    const place = placeShards(
      peer.network,
      { objectId, stripe, geometry: coding.parity, wishes: settings.placement },
      stored,
    )
    const enough = requiredShards - stored.size
    const upload = { objectId, runId, stripe, ...settings, requiredShards: enough, shards: missing, ...place }
    const uploaded = await uploadStripe(upload, peer.network, peer.clock, signal)
    for (const [index, shard] of uploaded.stored) stored.set(index, shard)
    walk.passedOnShards += uploaded.passedOn
    if (stored.size >= requiredShards) break
    if (delayMs === retryDelaysMs.at(-1)) throw tooFewStored(stripe, stored.size, requiredShards, uploaded.failures)
  }
  return stored
}

async function recordStripes(stripes: AsyncIterable<WrittenStripe>, { writer, settings }: PutWalk): Promise<void> {
  for await (const stripe of stripes) {
    await writer.add(stripe)
    settings.onProgress(writer.objectBytes)
  }
}

function receiptOf(walk: PutWalk, root: Uint8Array): PutReceipt {
  const { keys, peer, secret, settings, startedMs, writer } = walk
  const network = capabilityNetwork(peer.networkId)
  const capability = formatCapability({ kind: 'read', network, secret })
  return {
    capability,
    get verifyCapability() {
      return formatCapability({ kind: 'verify', network, objectId: keys.objectId, root })
    },
    runId: Buffer.from(keys.runId).toString('hex'),
    objectBytes: writer.objectBytes,
    scheme: settings.scheme,
    stripeCount: writer.stripeCount,
    storedShards: writer.storedShards,
    passedOnShards: walk.passedOnShards,
    elapsedMs: peer.clock.monotonicMs() - startedMs,
    shards: () => locate(capability, never, peer),
  }
}

/** Deletes what a failed put has stored, as far as its nodes can be reached. */
async function undo({ coding, keys, peer, writer }: PutWalk): Promise<void> {
  const object = {
    objectId: keys.objectId,
    deleteKey: keys.deleteKey,
    stripeCount: writer.stripeCount + coding.stripes.count,
    totalShards: coding.geometry.totalShards,
  }
  const members = peer.network.storageMembers().filter((member) => member.availability !== 'down')
  const peerIds = members.map((member) => member.peerId)
  await discardObject(object, peerIds, peer.network, never)
}
