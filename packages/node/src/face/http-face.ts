/**
 * A face for outsiders: pages over HTTP, on an address of its own. It has nothing in common with the way members speak with
 * each other but the process: not the listener, not the protocol, not the limits. Whoever comes here gets a page that is
 * made from what the node knows anyway, or an error, and can hold no more than a few connections for a few seconds.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { RateLimit } from '../clock/rate-limit.ts'
import { CodedError } from '../coded-error.ts'
import type { Clock } from '../ports/clock.ts'

export class FaceError extends CodedError<'ADDRESS_IN_USE' | 'ADDRESS_INVALID'> {}

export interface Page {
  readonly status: number
  readonly type: string
  readonly body: string
}

/** A scraper or two, a load balancer, and a person. */
const connectionLimit = 64
const headBytes = 8 << 10
const headTimeoutMs = 5_000
/** Of one address. */
const requestRate = { perSecond: 20, burst: 100 }
const requestsPerConnection = 100

export interface HttpFaceOptions {
  /** Such as `127.0.0.1:7421` or `[::1]:7421`; port 0 is any that is free. */
  readonly listen: string
  readonly clock: Clock
  /** The page at a path; undefined where there is none. */
  readonly page: (path: string) => Page | undefined
}

export class HttpFace {
  readonly #options: HttpFaceOptions
  readonly #limit: RateLimit
  readonly #server: Server

  constructor(options: HttpFaceOptions) {
    this.#options = options
    this.#limit = new RateLimit(options.clock, requestRate)
    const limits = { maxHeaderSize: headBytes, headersTimeout: headTimeoutMs, requestTimeout: headTimeoutMs }
    this.#server = createServer({ ...limits, connectionsCheckingInterval: 1_000 }, (...exchange) =>
      this.#answer(...exchange),
    )
    this.#server.maxConnections = connectionLimit
    this.#server.maxRequestsPerSocket = requestsPerConnection
    this.#server.keepAliveTimeout = headTimeoutMs
  }

  /** @returns where it listens @throws FaceError ADDRESS_IN_USE, ADDRESS_INVALID */
  async start(): Promise<string> {
    const { listen } = this.#options
    const { host, port } = parse(listen)
    this.#server.listen(port, host)
    try {
      await once(this.#server, 'listening')
    } catch (cause) {
      const isTaken = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE'
      throw isTaken
        ? new FaceError('ADDRESS_IN_USE', `${listen} is already in use; choose another address`, { cause })
        : new FaceError('ADDRESS_INVALID', `it is not possible to listen on ${listen}`, { cause })
    }
    return `${host.includes(':') ? `[${host}]` : host}:${(this.#server.address() as AddressInfo).port}`
  }

  /** Ends every connection. */
  async close(): Promise<void> {
    if (!this.#server.listening) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { status, type, body } = this.#pageFor(request)
    const { headers } = request
    const hasBody = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined
    response.writeHead(status, {
      'content-type': type,
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
      // Nobody is going to read it.
      ...(hasBody && { connection: 'close' }),
    })
    response.end(request.method === 'HEAD' ? '' : body)
  }

  #pageFor({ method, url = '/', socket }: IncomingMessage): Page {
    if (!this.#limit.admits(socket.remoteAddress ?? '')) return plain(429, 'too many requests')
    if (method !== 'GET' && method !== 'HEAD') return plain(405, 'only GET and HEAD')
    return this.#options.page(url.split('?')[0]!) ?? plain(404, 'there is nothing here')
  }
}

export function plain(status: number, text: string): Page {
  return { status, type: 'text/plain; charset=utf-8', body: `${text}\n` }
}

function parse(listen: string): { host: string; port: number } {
  const [, host = '', digits = ''] = /^\[?([^[\]]+?)\]?:(\d{1,5})$/.exec(listen) ?? []
  const port = Number(digits)
  if (host === '' || port > 65_535) {
    throw new FaceError('ADDRESS_INVALID', `${JSON.stringify(listen)} is not an address such as 127.0.0.1:7421`)
  }
  return { host, port }
}
