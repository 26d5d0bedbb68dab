/**
 * A small S3 over real HTTP: one bucket in memory. It checks signatures by its own reading of the rules, knows ranges,
 * If-None-Match and listings by pages, and can be told to fail.
 */
import { createHash, createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

export const accessKeyId = 'AKIDEXAMPLE'
export const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
export const region = 'test-region-1'
export const bucketName = 'shards'

interface Reply {
  readonly status: number
  readonly body?: Buffer | string
}

/** May answer in place of the server, or undefined; `serve` does what the server would do. */
export type S3Fault = (request: { method: string; key: string }, serve: () => Reply) => Reply | 'hang up' | undefined

export class S3Server {
  readonly objects = new Map<string, Buffer>()
  readonly requests: string[] = []
  fault: S3Fault | undefined
  pageSize = 1000
  endpoint = ''
  readonly #server: Server

  static async start(): Promise<S3Server> {
    const started = new S3Server()
    started.#server.listen(0, '127.0.0.1')
    await once(started.#server, 'listening')
    started.endpoint = `http://127.0.0.1:${(started.#server.address() as AddressInfo).port}`
    return started
  }

  constructor() {
    this.#server = createServer(async (request, response) => {
      const body = await buffer(request)
      const url = new URL(request.url ?? '/', 'http://server')
      const key = url.pathname.slice(bucketName.length + 2)
      const method = request.method ?? ''
      this.requests.push(`${method} ${key}`)
      const problem = signatureProblem(request, url, body)
      const serve = (): Reply => this.#serve(request, url, key, body)
      const reply = problem === undefined ? (this.fault?.({ method, key }, serve) ?? serve()) : failure(403, problem)
      if (reply === 'hang up') request.socket.destroy()
      else response.writeHead(reply.status).end(reply.body)
    })
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #serve({ method, headers }: IncomingMessage, url: URL, key: string, body: Buffer): Reply {
    if (!url.pathname.startsWith(`/${bucketName}`)) return failure(404, 'NoSuchBucket')
    if (key === '') return this.#list(url)
    const object = this.objects.get(key)
    if (method === 'PUT') {
      if (headers['if-none-match'] === '*' && object !== undefined) return failure(412, 'PreconditionFailed')
      this.objects.set(key, body)
      return { status: 200 }
    }
    if (method === 'DELETE') {
      this.objects.delete(key)
      return { status: 204 }
    }
    if (object === undefined) return failure(404, 'NoSuchKey')
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? []
    if (first === undefined) return { status: 200, body: object }
    if (Number(first) >= object.length) return failure(416, 'InvalidRange')
    return { status: 206, body: object.subarray(Number(first), Number(last) + 1) }
  }

  #list({ searchParams }: URL): Reply {
    const after = searchParams.get('continuation-token') ?? ''
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(searchParams.get('prefix') ?? '')).sort()
    const rest = keys.filter((key) => `token<${key}` > after)
    const page = rest.slice(0, this.pageSize)
    const contents = page.map(
      (key) => `<Contents><Key>${key}</Key><Size>${this.objects.get(key)?.length}</Size></Contents>`,
    )
    const next = `<NextContinuationToken>token&lt;${page.at(-1)}</NextContinuationToken>`
    const isTruncated = rest.length > page.length
    const body = `<?xml version="1.0"?><ListBucketResult><IsTruncated>${isTruncated}</IsTruncated>${isTruncated ? next : ''}${contents.join('')}</ListBucketResult>`
    return { status: 200, body }
  }
}

function failure(status: number, code: string): Reply {
  return { status, body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>because</Message></Error>` }
}

/** What is wrong with a request's signature. */
function signatureProblem({ method, headers }: IncomingMessage, url: URL, body: Buffer): string | undefined {
  const authorization = headers.authorization ?? ''
  const parts =
    /^AWS4-HMAC-SHA256 Credential=(\w+)\/(\d{8})\/([\w-]+)\/s3\/aws4_request, ?SignedHeaders=([\w;-]+), ?Signature=(\w{64})$/.exec(
      authorization,
    )
  if (parts === null) return 'AccessDenied'
  const [, keyId, day, itsRegion, names, signature] = parts as unknown as string[]
  if (keyId !== accessKeyId || itsRegion !== region) return 'InvalidAccessKeyId'
  const sent = Object.keys(headers)
  const mustSign = sent.filter(
    (name) => name === 'host' || name === 'range' || name === 'if-none-match' || name.startsWith('x-amz-'),
  )
  if (!mustSign.every((name) => names!.split(';').includes(name))) return 'AccessDenied'
  const bodyHash = createHash('sha256').update(body).digest('hex')
  if (headers['x-amz-content-sha256'] !== bodyHash) return 'XAmzContentSHA256Mismatch'
  const moment = String(headers['x-amz-date'])
  if (!moment.startsWith(day!)) return 'AccessDenied'
  const query = url.search.slice(1).split('&').filter(Boolean).map(strict).sort().join('&')
  const lines = names!.split(';').map((name) => `${name}:${headers[name]}\n`)
  const canonical = `${method}\n${url.pathname}\n${query}\n${lines.join('')}\n${names}\n${bodyHash}`
  const toSign = `AWS4-HMAC-SHA256\n${moment}\n${day}/${region}/s3/aws4_request\n${createHash('sha256').update(canonical).digest('hex')}`
  const mac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()
  const key = mac(mac(mac(mac(`AWS4${secretAccessKey}`, day!), region), 's3'), 'aws4_request')
  return mac(key, toSign).toString('hex') === signature ? undefined : 'SignatureDoesNotMatch'
}

/** A pair of a query, decoded and encoded again as the signature wants it. */
function strict(pair: string): string {
  const decode = (text: string): string => decodeURIComponent(text.replaceAll('+', ' '))
  const encode = (text: string): string =>
    [...Buffer.from(text)]
      .map((byte) =>
        /[\w.~-]/.test(String.fromCharCode(byte))
          ? String.fromCharCode(byte)
          : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
      )
      .join('')
  const [name = '', value = ''] = pair.split('=')
  return `${encode(decode(name))}=${encode(decode(value))}`
}
