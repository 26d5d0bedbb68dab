/**
 * Finds out which shards of a run of stripes are right, without moving them: each node reads what it holds and answers with
 * its SHA-256. Shards that are not where the location page says are searched for on all nodes. A node could lie about a hash;
 * a get would still notice, since readers hash the bytes themselves.
 */
import { type FoundShard, findShards } from '../catalog/search.ts'
import type { StoredObject } from '../catalog/stored-object.ts'
import { shardCheck } from '../messages/shard-messages.ts'
import type { LocationPage, StoredShard } from '../object/location-page.ts'
import { shardId } from '../object/shard-id.ts'
import type { Peer } from '../peer.ts'
import type { Source } from '../transfer/download.ts'
import { inWindow } from '../transfer/window.ts'

export interface StripeState {
  readonly stripe: number
  /** Where there is a right copy, by shard index: one each. */
  readonly good: ReadonlyMap<number, StoredShard>
  /** Nodes that hold something else under the shard's id, or can't read it. */
  readonly wrong: readonly WrongCopy[]
}

interface WrongCopy extends Source {
  /** The node knows that its copy is damaged, and will take a right one in its place. */
  readonly isKnown: boolean
}

/** A shard to ask for. */
interface Check extends FoundShard {
  readonly stripe: number
}

/** At 512 KiB a shard, what a node reads and hashes in well under a second. */
const checksPerRequest = 64
const requestsAtOnce = 8
const timeoutMs = 30_000

/** Stripes inspected together. */
const batchStripes = 64

/** The stripes of a page in batches, in order. */
export function* batchesOf(object: StoredObject, page: number): Generator<number[]> {
  const end = Math.min((page + 1) * object.stripesPerPage, object.stripeCount)
  for (let first = page * object.stripesPerPage; first < end; first += batchStripes) {
    yield Array.from({ length: Math.min(batchStripes, end - first) }, (_, offset) => first + offset)
  }
}

/** The states of some stripes of one page, in order. */
export async function inspectStripes(
  object: StoredObject,
  stripes: readonly number[],
  page: LocationPage,
  peer: Peer,
  signal: AbortSignal,
): Promise<StripeState[]> {
  const findings = new Findings(object, stripes)
  const recorded = stripes.flatMap((stripe) =>
    (page.stripes[stripe % object.stripesPerPage] ?? []).flatMap((shard, index) =>
      shard === undefined ? [] : [{ stripe, index, peerId: shard.peerId, stored: shard }],
    ),
  )
  await checkAll(recorded, findings, peer, signal)
  const elsewhere: Check[] = []
  for (const stripe of findings.incomplete()) {
    const place = { objectId: object.manifest.objectId, stripe, totalShards: object.coding.geometry.totalShards }
    const found = await findShards(place, peer.network, signal)
    elsewhere.push(...found.map((shard) => ({ stripe, ...shard })))
  }
  await checkAll(
    elsewhere.filter((check) => findings.isOpen(check)),
    findings,
    peer,
    signal,
  )
  return findings.states()
}

async function checkAll(checks: readonly Check[], findings: Findings, peer: Peer, signal: AbortSignal): Promise<void> {
  const requests = [...groupByPeer(checks)].flatMap(([peerId, asked]) =>
    Array.from({ length: Math.ceil(asked.length / checksPerRequest) }, (_, part) => ({
      peerId,
      asked: asked.slice(part * checksPerRequest, (part + 1) * checksPerRequest),
    })),
  )
  const ask = async ({ peerId, asked }: (typeof requests)[number], stop: AbortSignal): Promise<void> => {
    const ids = asked.map(({ stripe, index }) => shardId(findings.objectId, 'shard', stripe, index))
    const options = { signal: AbortSignal.any([signal, stop]), timeoutMs }
    const reply = await peer.network.call(peerId, shardCheck, { ids }, options).catch(() => undefined)
    for (const [position, check] of asked.entries()) await findings.note(check, reply?.head.shards[position])
  }
  for await (const _ of inWindow(requests, requestsAtOnce, ask));
  signal.throwIfAborted()
}

function groupByPeer(checks: readonly Check[]): Map<string, Check[]> {
  const groups = new Map<string, Check[]>()
  for (const check of checks) groups.set(check.peerId, [...(groups.get(check.peerId) ?? []), check])
  return groups
}

/** What the nodes have answered so far. */
class Findings {
  readonly objectId: Uint8Array
  readonly #object: StoredObject
  readonly #stripes: ReadonlyMap<number, { good: Map<number, StoredShard>; wrong: WrongCopy[] }>
  readonly #asked = new Set<string>()

  constructor(object: StoredObject, stripes: readonly number[]) {
    this.objectId = object.manifest.objectId
    this.#object = object
    this.#stripes = new Map(stripes.map((stripe) => [stripe, { good: new Map(), wrong: [] }]))
  }

  /** `answer` is a hash, `damaged`, null when the node lacks the shard, undefined when it did not answer. */
  async note(
    { stripe, index, peerId, stored }: Check,
    answer: Uint8Array | 'damaged' | null | undefined,
  ): Promise<void> {
    this.#asked.add(`${stripe} ${index} ${peerId}`)
    const state = this.#stripes.get(stripe)
    if (state === undefined || answer === null || answer === undefined) return
    const expected = (await this.#object.hashesOf(stripe))[index]
    const isRight = answer !== 'damaged' && expected !== undefined && Buffer.compare(answer, expected) === 0
    if (isRight) state.good.set(index, stored)
    else state.wrong.push({ index, peerId, isKnown: answer === 'damaged' })
  }

  /** Whether it is still worth asking: the shard was found nowhere yet and this node was not asked. */
  isOpen({ stripe, index, peerId }: Check): boolean {
    return !this.#stripes.get(stripe)?.good.has(index) && !this.#asked.has(`${stripe} ${index} ${peerId}`)
  }

  incomplete(): number[] {
    const { totalShards } = this.#object.coding.geometry
    return [...this.#stripes].filter(([, { good }]) => good.size < totalShards).map(([stripe]) => stripe)
  }

  states(): StripeState[] {
    return [...this.#stripes].map(([stripe, { good, wrong }]) => ({ stripe, good, wrong }))
  }
}
