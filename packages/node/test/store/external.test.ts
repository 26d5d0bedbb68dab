import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../../src/clock/system-clock.ts'
import type { UnitStore } from '../../src/ports/shard-store.ts'
import { readCredentials } from '../../src/store/external/credentials.ts'
import { parseListReply } from '../../src/store/external/list-reply.ts'
import { openExternalUnit } from '../../src/store/external/open.ts'
import { prefixed } from '../../src/store/external/prefixed.ts'
import { S3Bucket } from '../../src/store/external/s3-bucket.ts'
import { formatShardName, parseShardName } from '../../src/store/external/shard-name.ts'
import { signed } from '../../src/store/external/signature.ts'
import { id, pattern, shard, shardStoreContract, summary } from '../contract/shard-store.ts'
import { CollectedLog } from './collected-log.ts'
import { ManualClock } from './manual-clock.ts'
import { accessKeyId, bucketName, region, S3Server, secretAccessKey } from './s3-server.ts'
import { Seeded } from './seeded.ts'

const credentials = { accessKeyId, secretAccessKey }
let server: S3Server

beforeEach(async () => {
  server = await S3Server.start()
})
afterEach(() => server.stop())

function bucketOf({ endpoint }: S3Server, changes: Partial<ConstructorParameters<typeof S3Bucket>[0]> = {}): S3Bucket {
  return new S3Bucket({ endpoint, region, bucket: bucketName, credentials, clock: systemClock, ...changes })
}

function open(options: Partial<Parameters<typeof openExternalUnit>[0]> = {}): Promise<UnitStore> {
  return openExternalUnit({
    bucket: prefixed(bucketOf(server), 'part/'),
    place: 'the bucket',
    owner: 'node-1',
    name: null,
    capacityBytes: 16 << 20,
    clock: new ManualClock(),
    random: new Seeded(1),
    logger: new CollectedLog(),
    ...options,
  })
}

shardStoreContract('an external unit in an S3 bucket', async ({ capacityBytes }) => {
  const own = await S3Server.start()
  const clock = new ManualClock()
  const again = (): Promise<UnitStore> => open({ bucket: prefixed(bucketOf(own), 'part/'), capacityBytes, clock })
  let store = await again()
  return {
    clock,
    get store() {
      return store
    },
    reopen: async () => {
      await store.close()
      store = await again()
    },
    crash: async () => {
      store = await again()
    },
    corrupt: async (shardId) => {
      const hex = Buffer.from(shardId).toString('hex')
      const [, object] = [...own.objects].find(([key]) => key.startsWith(`part/shards/${hex}`))!
      object[object.length - 1]! ^= 1
    },
    end: async () => {
      await store.close()
      await own.stop()
    },
  }
})

test('the signature is that of the published example', () => {
  // "Authenticating requests: Using the Authorization header", Amazon S3 API Reference, GET Object.
  const { authorization } = signed(
    {
      method: 'GET',
      url: new URL('https://examplebucket.s3.amazonaws.com/test.txt'),
      headers: { range: 'bytes=0-9' },
      body: new Uint8Array(0),
    },
    {
      credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' },
      region: 'us-east-1',
      nowMs: Date.UTC(2013, 4, 24),
    },
  )
  expect(authorization).toContain('Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41')
})

test('a bucket creates once, reads ranges, lists by pages and removes', async () => {
  const bucket = bucketOf(server)
  expect(await bucket.create('a/1', Buffer.from('0123456789'))).toBe(true)
  expect(await bucket.create('a/1', Buffer.from('other'))).toBe(false)
  expect(String(await bucket.read('a/1'))).toBe('0123456789')
  expect(String(await bucket.read('a/1', { offsetBytes: 3, lengthBytes: 4 }))).toBe('3456')
  expect(String(await bucket.read('a/1', { offsetBytes: 8, lengthBytes: 40 }))).toBe('89')
  expect(await bucket.read('a/1', { offsetBytes: 10, lengthBytes: 1 })).toHaveLength(0)
  expect(await bucket.read('a/2')).toBeUndefined()
  server.pageSize = 2
  for (const key of ['a/2', 'a/3', 'a/4', 'a/5', 'b/1']) await bucket.create(key, Buffer.from(key))
  const keys: string[] = []
  for await (const { key, sizeBytes } of bucket.list('a/')) keys.push(`${key} ${sizeBytes}`)
  expect(keys).toEqual(['a/1 10', 'a/2 3', 'a/3 3', 'a/4 3', 'a/5 3'])
  await bucket.remove('a/1')
  await bucket.remove('a/1')
  expect(await bucket.read('a/1')).toBeUndefined()
})

test('who has the wrong keys, or names the wrong bucket, is told why', async () => {
  const wrong = bucketOf(server, { credentials: { accessKeyId, secretAccessKey: 'wrong' } })
  await expect(wrong.read('a')).rejects.toMatchObject({ code: 'STORE_FAILED', message: /SignatureDoesNotMatch/ })
  await expect(bucketOf(server, { bucket: 'else' }).create('a', new Uint8Array(1))).rejects.toMatchObject({
    message: 'bucket else: NoSuchBucket, because',
  })
  const gone = await S3Server.start()
  await gone.stop()
  await expect(bucketOf(server, { endpoint: gone.endpoint }).read('a')).rejects.toMatchObject({
    code: 'STORE_FAILED',
    message: expect.stringContaining('ECONNREFUSED'),
  })
})

test('what fails for a moment is tried again', async () => {
  let failures = 2
  server.fault = () => (failures-- > 0 ? { status: 503 } : undefined)
  expect(await bucketOf(server).create('a', Buffer.from('x'))).toBe(true)
  failures = 1
  server.fault = () => (failures-- > 0 ? 'hang up' : undefined)
  expect(String(await bucketOf(server).read('a'))).toBe('x')
  server.fault = () => ({ status: 507, body: '' })
  await expect(bucketOf(server).create('b', Buffer.from('x'))).rejects.toMatchObject({ code: 'STORE_FULL' })
})

test('a put whose answer is lost is there once, or not at all after a delete', async () => {
  const store = await open()
  let lost = 3
  server.fault = ({ method, key }, serve) => {
    if (method !== 'PUT' || !key.includes('/shards/') || lost-- <= 0) return undefined
    serve()
    return 'hang up'
  }
  await expect(store.put(shard(1, 1000))).rejects.toMatchObject({ code: 'STORE_FAILED' })
  expect(await store.get(id(1))).toBeUndefined()
  expect(await store.delete(id(1))).toBe(false)
  const again = await open()
  expect([...again.ids()]).toEqual([])
  lost = 1
  await again.put(shard(2, 1000))
  expect(summary(await (await open()).get(id(2)))).toBe(summary(pattern(2, 1000)))
})

test('a crash between a new object and the end of the old one leaves the new one', async () => {
  const store = await open()
  await store.put(shard(1, 1000))
  const before = new Map(server.objects)
  await store.put(shard(1, 500, { seed: 9 }), { ifPresent: 'replace' })
  for (const [key, object] of before) server.objects.set(key, object)
  const again = await open()
  expect(summary(await again.get(id(1)))).toBe(summary(pattern(9, 500)))
  expect([...server.objects.keys()].filter((key) => key.includes('/shards/'))).toHaveLength(1)
})

test('what has expired is deleted from the bucket', async () => {
  const clock = new ManualClock()
  const store = await open({ clock })
  await store.put(shard(1, 1000, { deleteAfterMs: clock.nowMs() + 1000 }))
  clock.advance(60_000)
  await expect.poll(() => [...server.objects.keys()]).toEqual(['part/unit.json'])
  expect(store.usage()).toMatchObject({ liveBytes: 0, deadBytes: 0 })
  await store.close()
})

test('a range is read without the rest', async () => {
  const store = await open()
  await store.put(shard(1, 1 << 20))
  const bytes = await store.get(id(1), { offsetBytes: 200_000, lengthBytes: 10 })
  expect(bytes).toEqual(pattern(1, 1 << 20).slice(200_000, 200_010))
  expect(server.requests.filter((request) => request.startsWith('GET part/shards/'))).toHaveLength(2)
})

test('a bucket is one node’s; another name, or nothing where something was, is refused', async () => {
  const store = await open()
  expect((await open()).name).toBe(store.name)
  await expect(open({ owner: 'node-2' })).rejects.toMatchObject({
    code: 'UNIT_FOREIGN',
    message: /belongs to node node-1/,
  })
  await expect(open({ name: 'unit-else' })).rejects.toMatchObject({ code: 'UNIT_FOREIGN' })
  server.objects.set('part/unit.json', Buffer.from('{}'))
  await expect(open()).rejects.toMatchObject({ code: 'UNIT_DAMAGED' })
  server.objects.delete('part/unit.json')
  await expect(open({ name: store.name })).rejects.toMatchObject({ code: 'UNIT_MISSING' })
})

test('objects of others in the bucket are left alone', async () => {
  const foreign = ['part/shards/readme.txt', 'part/shards/00-00-00-00-00-00', 'else/shards/x']
  for (const key of foreign) server.objects.set(key, Buffer.from('x'))
  const store = await open()
  expect(store.usage().shardCount).toBe(0)
  expect([...server.objects.keys()]).toEqual(expect.arrayContaining(foreign))
})

test('a shard’s key reads back as what it was made of', () => {
  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
  const name = fc.record({
    id: bytes(24),
    runId: bytes(16),
    sequence: fc.nat(Number.MAX_SAFE_INTEGER),
    lengthBytes: fc.nat(1 << 20),
    checksum: fc.nat(0xffff_ffff),
    deleteAfterMs: fc.nat(8.64e15),
  })
  fc.assert(
    fc.property(name, (given) => {
      expect(parseShardName(formatShardName(given))).toEqual(given)
    }),
  )
  expect(formatShardName({ ...shard(1, 100), runId: new Uint8Array(16), sequence: 255, lengthBytes: 100 })).toBe(
    'shards/000000000000000000000000000000000000000000000001-00000000000000000000000000000000-000000000000ff-000064-7d5194d6-00000000000000',
  )
})

test('a listing that is no listing is empty', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(parseListReply(text)).toEqual({ objects: [], nextToken: undefined })
    }),
  )
  expect(parseListReply('<Contents><Key>a&amp;b&#x41;&unknown;</Key><Size>3</Size></Contents>').objects).toEqual([
    { key: 'a&bA&unknown;', sizeBytes: 3 },
  ])
})

test('access keys come from the environment, or a file that is private', async () => {
  const env = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret', AWS_SESSION_TOKEN: '' }
  expect(await readCredentials(null, env)).toEqual({ accessKeyId: 'id', secretAccessKey: 'secret' })
  await expect(readCredentials(null, {})).rejects.toMatchObject({ code: 'CREDENTIALS_INVALID' })
  const folder = await mkdtemp(join(tmpdir(), 'p2pstore-test-'))
  const file = join(folder, 'keys')
  await writeFile(
    file,
    '# keys\n[other]\naws_access_key_id = no\n[default]\naws_access_key_id = id\naws_secret_access_key=se=cret\n',
    { mode: 0o600 },
  )
  expect(await readCredentials(file, env)).toEqual({ accessKeyId: 'id', secretAccessKey: 'se=cret' })
  await chmod(file, 0o644)
  if (process.platform !== 'win32') {
    await expect(readCredentials(file, env)).rejects.toMatchObject({
      code: 'CREDENTIALS_INVALID',
      message: /chmod 600/,
    })
  }
  await expect(readCredentials(join(folder, 'none'), env)).rejects.toMatchObject({ code: 'CREDENTIALS_INVALID' })
  await rm(folder, { recursive: true })
})
