import { maximumContentBytes } from './object/manifest.ts'
import { never } from './on-abort.ts'
import { maximumShardBytes } from './ports/shard-store.ts'
import {
  type AcknowledgementLevel,
  acknowledgementLevels,
  type Durability,
  durabilities,
} from './transfer/acknowledgement.ts'
import { type PlacementWishes, strategies } from './transfer/placement-wishes.ts'

export interface PutOptions {
  /** How stripes are coded, as text. Default `rs:4+2`. */
  readonly scheme?: string | undefined
  /** Length of a full shard in bytes, at most 1 MiB. Default: 512 KiB, less for stripes of more than 8 shards. */
  readonly shardBytes?: number | undefined
  /**
   * An object of at most so many bytes is not cut into shards: it lies whole in its manifest, of which there is one copy more
   * than the scheme survives losses. It takes one request to read and more space than its shards would: with `rs:4+2` 3
   * times its length instead of 1.5 times. At most 64 KiB. Default 16 KiB.
   */
  readonly inlineBytes?: number | undefined
  /** Acknowledgements that every stripe must have. Default `all`. */
  readonly acknowledge?: AcknowledgementLevel | undefined
  /** What an acknowledgement means. Default `durable`. */
  readonly durability?: Durability | undefined
  /** Which nodes its shards go to, as far as they keep what may fail together apart. Default: any. */
  readonly placement?: PlacementWishes | undefined
  /** The object is unreadable from this moment on, and its space is reclaimed. Default: never. */
  readonly deleteAfter?: Date | undefined
  /** Called with the bytes of the source that are acknowledged so far. */
  readonly onProgress?: ((storedBytes: number) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

export interface ResolvedPutOptions {
  readonly scheme: string
  /** Default: as the scheme's coding says. */
  readonly shardBytes: number | undefined
  readonly inlineBytes: number
  readonly acknowledge: AcknowledgementLevel
  readonly durability: Durability
  readonly placement: PlacementWishes
  /** Milliseconds since the Unix epoch; 0 is never. */
  readonly deleteAfterMs: number
  readonly onProgress: (storedBytes: number) => void
  readonly signal: AbortSignal
}

export const defaultScheme = 'rs:4+2'
const defaultInlineBytes = 16 << 10

/** @throws TypeError, RangeError */
export function resolvePutOptions(options: PutOptions): ResolvedPutOptions {
  const { scheme = defaultScheme, acknowledge = 'all', durability = 'durable', deleteAfter } = options
  oneOf('acknowledge', acknowledge, acknowledgementLevels)
  oneOf('durability', durability, durabilities)
  if (options.placement?.strategy !== undefined) oneOf('strategy', options.placement.strategy, strategies)
  const { shardBytes } = options
  if (shardBytes !== undefined && !isBetween(128, shardBytes, maximumShardBytes)) {
    throw new RangeError(`shardBytes must be an integer in 128 … ${maximumShardBytes}, got ${shardBytes}`)
  }
  const inlineBytes = options.inlineBytes ?? defaultInlineBytes
  if (!isBetween(0, inlineBytes, maximumContentBytes)) {
    throw new RangeError(`inlineBytes must be an integer in 0 … ${maximumContentBytes}, got ${inlineBytes}`)
  }
  const deleteAfterMs = deleteAfter?.getTime() ?? 0
  if (!Number.isSafeInteger(deleteAfterMs)) throw new RangeError('deleteAfter is not a date')
  return {
    scheme,
    shardBytes,
    inlineBytes,
    acknowledge,
    durability,
    placement: options.placement ?? {},
    deleteAfterMs,
    onProgress: options.onProgress ?? (() => {}),
    signal: options.signal ?? never,
  }
}

function isBetween(least: number, value: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most
}

function oneOf(name: string, value: string, allowed: readonly string[]): void {
  if (!allowed.includes(value)) throw new TypeError(`${name} must be one of ${allowed.join(', ')}, not ${value}`)
}
