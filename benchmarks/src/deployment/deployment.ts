/** Six node processes on loopback, and processes that put objects into them and get them back. */
import { join } from 'node:path'
import { Child, type Usage } from '../child.ts'
import type { CpuByPart } from '../cpu/profile.ts'

export const nodeCount = 6
const scheme = 'rs:4+2'
/** Bytes stored for a byte of an object. */
export const expansion = 6 / 4

export interface Timing {
  readonly seconds: number
}

export interface Stored extends Timing {
  readonly capability: string
  /** Of the stripe that has its shards on the fewest; as many as there are, unless some were too busy to answer. */
  readonly nodesPerStripe: number
}

/** A process with a client in it. */
export class Member {
  readonly #child: Child

  constructor(child: Child) {
    this.#child = child
  }

  async put(objectBytes: number): Promise<Stored> {
    return (await this.#child.ask<Stored>({ do: 'put', objectBytes, scheme })).result
  }

  async get(capability: string, objectBytes: number): Promise<Timing & { firstByteMs: number }> {
    const job = { do: 'get', capability }
    const { result } = await this.#child.ask<{ seconds: number; bytes: number; firstByteMs: number }>(job)
    if (result.bytes !== objectBytes) throw new Error(`${result.bytes} bytes came back instead of ${objectBytes}`)
    return result
  }

  /** Objects of these bytes, one after the other but so many in flight. */
  async putMany(count: number, objectBytes: number, inFlight: number): Promise<Timing & { capabilities: string[] }> {
    const job = { do: 'putMany', count, objectBytes, scheme, inFlight }
    return (await this.#child.ask<Timing & { capabilities: string[] }>(job)).result
  }

  async getMany(capabilities: readonly string[], objectBytes: number, inFlight: number): Promise<Timing> {
    const count = capabilities.length
    const job = { do: 'getMany', capabilities, count, inFlight }
    const { result } = await this.#child.ask<Timing & { bytes: number }>(job)
    if (result.bytes !== count * objectBytes) throw new Error(`${result.bytes} bytes came back of ${count} objects`)
    return result
  }

  async usage(): Promise<Usage> {
    return (await this.#child.ask({ do: 'usage' })).usage
  }

  async startProfile(): Promise<void> {
    await this.#child.ask({ do: 'startProfile' })
  }

  async stopProfile(): Promise<CpuByPart> {
    return (await this.#child.ask<CpuByPart>({ do: 'stopProfile' })).result
  }
}

export class Deployment {
  readonly #invite: string
  readonly #children: Child[]
  /** Those that are up. */
  readonly nodes: Child[]

  constructor(invite: string, nodes: Child[], children: Child[]) {
    this.#invite = invite
    this.nodes = nodes
    this.#children = children
  }

  async addMember(): Promise<Member> {
    const child = new Child(new URL('./client-process.js', import.meta.url))
    this.#children.push(child)
    await child.ask({ do: 'start', invite: this.#invite, nodes: nodeCount })
    return new Member(child)
  }

  async nodesUsage(): Promise<Usage[]> {
    return Promise.all(this.nodes.map(async (node) => (await node.ask({ do: 'usage' })).usage))
  }

  async startProfiles(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.ask({ do: 'startProfile' })))
  }

  async stopProfiles(): Promise<CpuByPart[]> {
    return Promise.all(this.nodes.map(async (node) => (await node.ask<CpuByPart>({ do: 'stopProfile' })).result))
  }

  /** Kills nodes, those that came last first. */
  async lose(count: number): Promise<void> {
    await Promise.all(this.nodes.splice(-count).map((node) => node.end()))
  }
}

/** @param children where every process is put that is started, now and later */
export async function startDeployment(directory: string, children: Child[]): Promise<Deployment> {
  const nodes = Array.from({ length: nodeCount }, () => new Child(new URL('./node-process.js', import.meta.url)))
  children.push(...nodes)
  const homes = nodes.map((_, number) => join(directory, `node-${number}`))
  const [first, ...others] = nodes as [Child, ...Child[]]
  await first.ask({ do: 'start', directory: homes[0] })
  const { result: invite } = await first.ask<string>({ do: 'invite', directory: homes[0] })
  await Promise.all(others.map((node, number) => node.ask({ do: 'start', directory: homes[number + 1], invite })))
  return new Deployment(invite, nodes, children)
}
