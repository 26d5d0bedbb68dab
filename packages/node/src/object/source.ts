import { Uint8ArrayList } from 'uint8arraylist'
import { CodedError } from '../coded-error.ts'

/**
 * Anything that bytes can be read from, once: an array, a Blob or File, a Node or web stream, an (async) iterable of arrays.
 * An array that has been handed over must not be changed until the put has settled.
 */
export type ByteSource =
  | Uint8Array
  | Blob
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>
  | Iterable<Uint8Array>

export class SourceError extends CodedError<'SOURCE_FAILED'> {}

/**
 * The bytes of a source; a failure of the source itself is told apart from any other.
 * @throws TypeError when the value can't be read from; while reading, SourceError SOURCE_FAILED
 */
export function readSource(source: ByteSource): AsyncGenerator<Uint8Array> {
  return readPieces(iterate(source))
}

async function* readPieces(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let readBytes = 0
  try {
    for await (const piece of pieces) {
      if (!(piece instanceof Uint8Array)) throw new TypeError(`it yielded a ${typeof piece} instead of a Uint8Array`)
      readBytes += piece.length
      yield piece
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new SourceError('SOURCE_FAILED', `the source failed after ${readBytes} bytes: ${reason}`, { cause })
  }
}

function iterate(source: ByteSource): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  if (source instanceof Uint8Array) return [source]
  if (source instanceof Blob) return source.stream()
  if (typeof source === 'object' && source !== null && (Symbol.asyncIterator in source || Symbol.iterator in source)) {
    return source
  }
  throw new TypeError('a source is a Uint8Array, a Blob, a stream or an (async) iterable of Uint8Arrays')
}

/** Looks at the first item of a source. @returns it, and a source of all items that starts with it */
export async function peek<T>(source: AsyncGenerator<T>): Promise<{ first: T | undefined; all: AsyncGenerator<T> }> {
  const { value: first, done } = await source.next()
  return done ? { first: undefined, all: source } : { first, all: startingWith(first, source) }
}

async function* startingWith<T>(first: T, others: AsyncGenerator<T>): AsyncGenerator<T> {
  try {
    yield first
    yield* others
  } finally {
    await others.return(undefined)
  }
}

/** Cuts a source into pieces of `segmentBytes`; only the last is shorter. An empty source has no segment. */
export async function* cutSegments(
  source: AsyncIterable<Uint8Array>,
  segmentBytes: number,
): AsyncGenerator<Uint8ArrayList> {
  let segment = new Uint8ArrayList()
  for await (const bytes of source) {
    for (let rest = bytes; rest.length > 0; ) {
      const part = rest.subarray(0, segmentBytes - segment.length)
      segment.append(part)
      rest = rest.subarray(part.length)
      if (segment.length === segmentBytes) {
        yield segment
        segment = new Uint8ArrayList()
      }
    }
  }
  if (segment.length > 0) yield segment
}
