import { buffer } from 'node:stream/consumers'
import type { Client } from '../src/client.ts'
import type { GetOptions } from '../src/get.ts'

/** All bytes of a get in one buffer. */
export function readAll(client: Client, capability: string, options: GetOptions = {}): Promise<Buffer> {
  return buffer(client.get(capability, options))
}
