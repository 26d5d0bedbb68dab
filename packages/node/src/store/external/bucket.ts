/** An object that an external system lists. */
export interface ListedObject {
  readonly key: string
  readonly sizeBytes: number
}

/**
 * What an external unit needs of the system that it keeps its objects in: whole objects by key, strongly consistent. Keys are
 * ASCII without anything that needs escaping. Every call rejects with a StoreError: STORE_FAILED, or STORE_FULL.
 */
export interface Bucket {
  /** Writes an object that is not there; durable when it resolves. False when there is one already, which is left alone. */
  create(key: string, bytes: Uint8Array): Promise<boolean>
  /** The bytes of an object, or of a range of it, less where it ends earlier; undefined when there is none. */
  read(key: string, range?: { offsetBytes: number; lengthBytes: number }): Promise<Buffer | undefined>
  /** Resolves also when there was none. */
  remove(key: string): Promise<void>
  /** All objects whose keys begin so, in any order. */
  list(prefix: string): AsyncIterable<ListedObject>
}
