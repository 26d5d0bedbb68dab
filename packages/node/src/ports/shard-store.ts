import type { Uint8ArrayList } from 'uint8arraylist'

/** Bytes of a shard's id: see object/shard-id.ts for what they mean. The store takes them as they are. */
export const shardIdBytes = 24
/** Bytes of the id of an encode run. */
export const runIdBytes = 16
/** Largest body of one shard. */
export const maximumShardBytes = 1 << 20

/** What is written with a shard. */
export interface ShardWrite {
  /** 24 bytes. */
  readonly id: Uint8Array
  /** 16 bytes: the encode run that made the shard. Shards of two runs are never mixed. */
  readonly runId: Uint8Array
  /** At most {@link maximumShardBytes}. Not changed by the store; must not change until the put settles. */
  readonly body: Uint8ArrayList
  /** CRC-32 (ISO-HDLC, as zlib) of the body; a body that differs is refused. */
  readonly checksum: number
  /** When the shard is to be deleted, in milliseconds since the Unix epoch; 0 is never. */
  readonly deleteAfterMs: number
}

/**
 * Where a stored shard is: its storage key. To read it, its id is enough: the index has the same key, or the new one of a
 * shard that compaction has moved, and forgets it when the shard is deleted or expires. A key that is followed past the
 * index would serve what is gone.
 */
export interface ShardLocation {
  /** Name of the unit, unique within the node. */
  readonly unit: string
  /** Number of the segment within the unit. */
  readonly segment: number
  /** Offset of the shard's record within the segment, in bytes. */
  readonly offsetBytes: number
  /** Length of the body in bytes. */
  readonly lengthBytes: number
  /** CRC-32 of the body. */
  readonly checksum: number
  readonly deleteAfterMs: number
}

export interface PutOptions {
  /** `durable` (the default) resolves after fdatasync; `memory` as soon as the shard is accepted and readable. */
  readonly durability?: 'durable' | 'memory'
  /**
   * What to do when the id is taken. `keep` (the default): the same run and bytes succeed and return where they already
   * are, anything else is refused with SHARD_CONFLICT unless what is there is damaged. `replace`: the new body takes the
   * place of the old one in one atomic step.
   */
  readonly ifPresent?: 'keep' | 'replace'
}

export interface StoreUsage {
  /** What the store may occupy, in bytes. */
  readonly capacityBytes: number
  /** What can still be written: capacity and the file system's free space, less the reserve. */
  readonly freeBytes: number
  /**
   * What else could still be written: kept free of shards, so that deleting and compaction work on a full unit. `freeBytes`
   * and `reservedBytes` together are what capacity and file system leave.
   */
  readonly reservedBytes: number
  /** Records of shards that can be read, their headers included. */
  readonly liveBytes: number
  /** All else that the files occupy: records of shards deleted, replaced or expired, padding, footers. */
  readonly deadBytes: number
  readonly shardCount: number
}

/** Gives memory of a length at least, whatever is in it. */
export type Memory = (lengthBytes: number) => Buffer

/**
 * What a node keeps its shards in. Every implementation passes test/contract/shard-store.ts.
 *
 * Nothing acknowledged as durable is lost by a crash; nothing wrong is ever returned; an expired shard is never served.
 */
export interface ShardStore {
  /**
   * @throws StoreError STORE_FULL, SHARD_CONFLICT, SHARD_EXPIRED, CHECKSUM_MISMATCH, STORE_FAILED, STORE_CLOSED
   * @throws RangeError when an id, a run id or a body has the wrong size
   */
  put(write: ShardWrite, options?: PutOptions): Promise<ShardLocation>
  /**
   * The body, or a range of it, verified; undefined when there is no such shard. In files, one positioned read at the place
   * in the storage key (a range of a long shard may take two), which must find the record that the key describes.
   * @param memory to read into, if the store can. Default: new
   * @throws StoreError SHARD_CORRUPT when the stored bytes are damaged, STORE_FAILED, STORE_CLOSED
   * @throws RangeError when the range leaves the body
   */
  get(
    id: Uint8Array,
    range?: { offsetBytes: number; lengthBytes: number },
    memory?: Memory,
  ): Promise<Uint8Array | undefined>
  /** What the index knows, without touching the disk; undefined when there is no such shard. */
  stat(id: Uint8Array): ShardLocation | undefined
  /**
   * The encode run of a shard, 16 bytes, as its record says; undefined when there is no such shard.
   * @throws StoreError SHARD_CORRUPT when that can't be read any more, STORE_FAILED, STORE_CLOSED
   */
  runOf(id: Uint8Array): Promise<Uint8Array | undefined>
  /**
   * Durable when it resolves. False when there was no such shard.
   * @throws StoreError STORE_FULL (the disk itself), STORE_FAILED, STORE_CLOSED
   */
  delete(id: Uint8Array): Promise<boolean>
  /** The ids of all shards, in no particular order. */
  ids(): IterableIterator<Uint8Array>
  usage(): StoreUsage
  /** Makes everything accepted durable, then lets go of the files. Idempotent. */
  close(): Promise<void>
}

/** A store that keeps all its shards in one place, which fails as a whole: a directory, a bucket. */
export interface UnitStore extends ShardStore {
  /** What its shards' locations call it. */
  readonly name: string
  /** Takes effect at once. With less room than is taken, nothing is lost; only puts are refused. */
  resize(capacityBytes: number): void
}
