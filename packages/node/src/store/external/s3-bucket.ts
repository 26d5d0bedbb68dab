/**
 * A bucket of S3, or of anything that speaks like it, over plain HTTP requests: PUT with If-None-Match, GET with Range,
 * DELETE, and ListObjectsV2, addressed by path (`endpoint/bucket/key`).
 *
 * What fails for a moment is tried again. So a first try may have written what the second finds there, and is told as if it
 * had not: whoever calls `create` gives a key that nobody else uses, or looks at what is there.
 */
import { deadline } from '../../clock/deadline.ts'
import { sleep } from '../../clock/sleep.ts'
import type { Clock } from '../../ports/clock.ts'
import { StoreError } from '../store-error.ts'
import type { Bucket, ListedObject } from './bucket.ts'
import type { Credentials } from './credentials.ts'
import { type ListPage, parseListReply, textOf } from './list-reply.ts'
import { signed } from './signature.ts'

export interface S3BucketOptions {
  /** `https://s3.eu-central-1.amazonaws.com`, or where another such system is. */
  readonly endpoint: string
  readonly region: string
  readonly bucket: string
  readonly credentials: Credentials
  readonly clock: Clock
  /** Default: the system's. */
  readonly fetch?: typeof globalThis.fetch
}

interface Ask {
  readonly method: 'GET' | 'PUT' | 'DELETE'
  readonly key: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
}

interface Answer {
  readonly status: number
  readonly body: Buffer
}

const requestTimeoutMs = 30_000
const tries = 3
const firstRestMs = 200
/** A listing of a thousand keys has some 400 KiB, an object little more than 1 MiB. */
const maximumAnswerBytes = 4 << 20
const nothing = new Uint8Array(0)

export class S3Bucket implements Bucket {
  readonly #options: S3BucketOptions

  constructor(options: S3BucketOptions) {
    this.#options = options
  }

  async create(key: string, bytes: Uint8Array): Promise<boolean> {
    const { status } = await this.#ask(
      { method: 'PUT', key, body: bytes, headers: { 'if-none-match': '*' } },
      [200, 412],
    )
    return status === 200
  }

  async read(key: string, range?: { offsetBytes: number; lengthBytes: number }): Promise<Buffer | undefined> {
    const last = range && range.offsetBytes + range.lengthBytes - 1
    const headers = range === undefined ? {} : { range: `bytes=${range.offsetBytes}-${last}` }
    const { status, body } = await this.#ask({ method: 'GET', key, headers }, [200, 206, 404, 416])
    if (status === 404) return undefined
    if (status === 416) return Buffer.alloc(0)
    // Who does not know ranges sends everything.
    return range === undefined || status === 206 ? body : body.subarray(range.offsetBytes, (last ?? 0) + 1)
  }

  async remove(key: string): Promise<void> {
    await this.#ask({ method: 'DELETE', key }, [200, 204, 404])
  }

  async *list(prefix: string): AsyncIterable<ListedObject> {
    let token: string | undefined
    do {
      const page: ListPage = await this.#page(prefix, token)
      yield* page.objects
      token = page.nextToken
    } while (token !== undefined)
  }

  async #page(prefix: string, token: string | undefined): Promise<ListPage> {
    const query = { 'list-type': '2', prefix, ...(token === undefined ? {} : { 'continuation-token': token }) }
    return parseListReply((await this.#ask({ method: 'GET', key: '', query }, [200])).body.toString())
  }

  async #ask(ask: Ask, expected: readonly number[]): Promise<Answer> {
    let failure: StoreError | undefined
    for (let attempt = 0; attempt < tries; attempt++) {
      if (attempt > 0) await sleep(this.#options.clock, firstRestMs * 4 ** (attempt - 1))
      const answer = await this.#tryOnce(ask).catch(
        (cause) => new StoreError('STORE_FAILED', unreachable(cause), { cause }),
      )
      if (!(answer instanceof StoreError)) {
        if (expected.includes(answer.status)) return answer
        failure = refusal(answer, this.#options.bucket)
        if (answer.status < 500 && answer.status !== 429) throw failure
      } else failure = answer
    }
    throw failure
  }

  async #tryOnce({ method, key, query = {}, headers = {}, body = nothing }: Ask): Promise<Answer> {
    const { endpoint, region, bucket, credentials, clock, fetch = globalThis.fetch } = this.#options
    const url = new URL(`${endpoint.replace(/\/$/, '')}/${bucket}${key === '' ? '' : `/${key}`}`)
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    const { host: _host, ...sent } = signed(
      { method, url, headers, body },
      { credentials, region, nowMs: clock.nowMs() },
    )
    const limit = deadline(clock, requestTimeoutMs)
    try {
      const content = method === 'PUT' ? { body: new Uint8Array(body) } : {}
      const response = await fetch(url, { method, headers: sent, signal: limit.signal, redirect: 'error', ...content })
      return { status: response.status, body: await readBody(response) }
    } finally {
      limit.dispose()
    }
  }
}

async function readBody(response: Response): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const piece of response.body ?? []) {
    length += piece.length
    if (length > maximumAnswerBytes) throw new Error(`the answer is longer than ${maximumAnswerBytes} bytes`)
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

function refusal({ status, body }: Answer, bucket: string): StoreError {
  const text = body.toString('utf8', 0, 4096)
  const code = textOf(text, 'Code') ?? `status ${status}`
  const isFull = status === 507 || code === 'QuotaExceeded'
  const reason = `bucket ${bucket}: ${code}${suffix(textOf(text, 'Message'))}`
  return new StoreError(isFull ? 'STORE_FULL' : 'STORE_FAILED', reason)
}

function unreachable(cause: unknown): string {
  const { message, cause: inner } = cause as Error
  return `the bucket's system can't be reached: ${inner instanceof Error ? inner.message : message}`
}

function suffix(message: string | undefined): string {
  return message ? `, ${message.slice(0, 200)}` : ''
}
