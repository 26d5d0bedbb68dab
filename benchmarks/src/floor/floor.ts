/**
 * The floor does the least that could be called the same as a put or a get: a process sends the same number of bytes, parity
 * included, over raw TLS 1.3 sockets to six others, which write them with fdatasync before they acknowledge; and takes as many
 * bytes back as an object has. No coding, no sealing, no hashing, no framing, no placement.
 */
import { join } from 'node:path'
import { Child } from '../child.ts'
import { expansion, nodeCount, type Timing } from '../deployment/deployment.ts'
import { selfSigned } from './certificate.ts'

export class Floor {
  readonly #ports: readonly number[]
  readonly #children: Child[]

  constructor(ports: readonly number[], children: Child[]) {
    this.#ports = ports
    this.#children = children
  }

  addClient(): FloorClient {
    const child = new Child(new URL('./client-process.js', import.meta.url))
    this.#children.push(child)
    return new FloorClient(child, this.#ports)
  }
}

/** A process that sends to all servers and takes from them. */
export class FloorClient {
  readonly #child: Child
  readonly #ports: readonly number[]

  constructor(child: Child, ports: readonly number[]) {
    this.#child = child
    this.#ports = ports
  }

  put(objectBytes: number): Promise<Timing> {
    return this.#ask('put', objectBytes * expansion)
  }

  get(objectBytes: number): Promise<Timing> {
    return this.#ask('get', objectBytes)
  }

  async #ask(verb: 'put' | 'get', bytes: number): Promise<Timing> {
    const bytesPerServer = Math.ceil(bytes / nodeCount)
    return (await this.#child.ask<Timing>({ do: verb, ports: this.#ports, bytesPerServer })).result
  }
}

export async function startFloor(directory: string, children: Child[]): Promise<Floor> {
  const pem = await selfSigned()
  const servers = Array.from({ length: nodeCount }, () => new Child(new URL('./server-process.js', import.meta.url)))
  children.push(...servers)
  const start = (server: Child, number: number) =>
    server.ask<number>({ do: 'start', path: join(directory, `floor-${number}`), ...pem })
  const ports = (await Promise.all(servers.map(start))).map(({ result }) => result)
  return new Floor(ports, children)
}
