import type { Bucket, ListedObject } from './bucket.ts'

/** The part of a bucket whose keys begin with a prefix, as a bucket of its own. */
export function prefixed(bucket: Bucket, prefix: string): Bucket {
  return {
    create: (key, bytes) => bucket.create(prefix + key, bytes),
    read: (key, range) => bucket.read(prefix + key, range),
    remove: (key) => bucket.remove(prefix + key),
    list: (from) => withoutPrefix(bucket.list(prefix + from), prefix.length),
  }
}

async function* withoutPrefix(objects: AsyncIterable<ListedObject>, length: number): AsyncIterable<ListedObject> {
  for await (const { key, sizeBytes } of objects) yield { key: key.slice(length), sizeBytes }
}
