import { arch, availableParallelism, cpus, platform } from 'node:os'

/** What speeds were measured on. */
export interface Machine {
  readonly processor: string
  readonly cores: number
  readonly architecture: string
  readonly platform: string
  readonly node: string
  readonly v8: string
}

export function describeMachine(): Machine {
  const { node, v8 } = process.versions
  const processor = cpus()[0]?.model ?? 'unknown'
  return { processor, cores: availableParallelism(), architecture: arch(), platform: platform(), node, v8 }
}
