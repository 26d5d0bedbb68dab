/**
 * Signature version 4, with which requests to S3 and its like prove who sends them: a digest of the whole request, signed
 * with a key derived from the secret, the day, the region and the service. Neither the secret nor a key that lasts longer
 * than the day travels. "Signature Version 4 signing process", AWS General Reference.
 */
import { createHash, createHmac } from 'node:crypto'
import type { Credentials } from './credentials.ts'

export interface SignedRequest {
  readonly method: string
  readonly url: URL
  /** Header names in lower case; `host` is taken from the URL. All of them are signed. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

export interface SigningScope {
  readonly credentials: Credentials
  readonly region: string
  readonly nowMs: number
}

/** The headers to send, `authorization` among them. */
export function signed(request: SignedRequest, { credentials, region, nowMs }: SigningScope): Record<string, string> {
  const moment = new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, '')
  const bodyHash = createHash('sha256').update(request.body).digest('hex')
  const { sessionToken } = credentials
  const headers: Record<string, string> = {
    ...request.headers,
    host: request.url.host,
    'x-amz-content-sha256': bodyHash,
    'x-amz-date': moment,
    ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken }),
  }
  const names = Object.keys(headers).sort()
  const canonical = [
    request.method,
    request.url.pathname,
    canonicalQuery(request.url),
    ...names.map((name) => `${name}:${headers[name]?.trim()}`),
    '',
    names.join(';'),
    bodyHash,
  ].join('\n')
  const scope = `${moment.slice(0, 8)}/${region}/s3/aws4_request`
  const digest = createHash('sha256').update(canonical).digest('hex')
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${credentials.secretAccessKey}`)
  const signature = hmac(key, `AWS4-HMAC-SHA256\n${moment}\n${scope}\n${digest}`).toString('hex')
  const credential = `${credentials.accessKeyId}/${scope}`
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names.join(';')}, Signature=${signature}`
  return { ...headers, authorization }
}

function canonicalQuery({ searchParams }: URL): string {
  return [...searchParams]
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .sort()
    .join('&')
}

/** As the signature wants it: all but unreserved characters. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
