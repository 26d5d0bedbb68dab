/** A shard's id as the key of a Map: one character a byte. */
export function shardKey(id: Uint8Array): string {
  return Buffer.from(id.buffer, id.byteOffset, id.byteLength).toString('latin1')
}

/** The bytes behind a {@link shardKey}, freshly made. */
export function keyBytes(key: string): Uint8Array {
  const id = new Uint8Array(key.length)
  for (let index = 0; index < key.length; index++) id[index] = key.charCodeAt(index)
  return id
}
