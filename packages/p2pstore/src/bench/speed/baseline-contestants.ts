/** What the codec is compared with: another library that runs wherever it does, and copying the same bytes. */
import { createRequire } from 'node:module'
import { codeOf, formatScheme, parseScheme } from '@p2pstore/codec'
import { CommandError } from '../../command-error.ts'
import { type Contestant, type Discipline, isEncoding } from './contestant.ts'

/** Of reed-solomon-erasure.wasm: what is used of it. Shards lie one after another; both return 0 when done. */
export interface ReedSolomonErasure {
  encode(shards: Uint8Array, dataShards: number, parityShards: number): number
  reconstruct(shards: Uint8Array, dataShards: number, parityShards: number, available: boolean[]): number
}

/**
 * Not a dependency of this package: whoever wants the comparison installs it.
 * @throws CommandError BASELINE_MISSING
 */
export function loadSubspace(name = '@subspace/reed-solomon-erasure.wasm'): Promise<ReedSolomonErasure> {
  const load = createRequire(import.meta.url)
  try {
    return load(name).ReedSolomonErasure.fromCurrentDirectory()
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw cause
    const message = `--baseline compares with ${name}, which is not installed: npm install ${name}`
    throw new CommandError('BASELINE_MISSING', message, { cause })
  }
}

/** @returns undefined for what it can't do: all but encoding and rebuilding Reed–Solomon */
export function subspaceContestant(library: ReedSolomonErasure, discipline: Discipline): Contestant | undefined {
  const scheme = parseScheme(discipline.scheme)
  if (scheme.kind !== 'rs') return undefined
  const { dataShards, parityShards } = scheme
  const { operation, shardBytes, lost } = discipline
  const totalShards = dataShards + parityShards
  const encodes = isEncoding(discipline)
  if (parityShards === 0 || (!encodes && operation !== 'reconstruct') || lost > Math.min(parityShards, dataShards)) {
    return undefined
  }
  const shards = new Uint8Array(totalShards * shardBytes).fill(0xa5)
  const available = Array.from({ length: totalShards }, (_, shard) => shard >= lost)
  const once = encodes
    ? () => library.encode(shards, dataShards, parityShards)
    : () => library.reconstruct(shards, dataShards, parityShards, [...available])
  const form = formatScheme({ ...scheme, matrix: 'vandermonde' })
  return baseline('subspace-wasm', form, () => {
    const result = once()
    if (result !== 0) throw new Error(`subspace-wasm refuses to ${operation} ${form}: ${result}`)
  })
}

/** Copies half of a stripe's bytes over the other half: each byte of the stripe is read or written once, as in encoding. */
export function copyContestant({ scheme, operation, shardBytes }: Discipline): Contestant | undefined {
  if (operation !== 'encode') return undefined
  const halfBytes = Math.floor((codeOf(parseScheme(scheme)).totalShards * shardBytes) / 2)
  const bytes = new Uint8Array(2 * halfBytes).fill(0xa5)
  return baseline('memcpy', scheme, () => bytes.copyWithin(halfBytes, 0, halfBytes))
}

function baseline(engine: string, form: string, once: () => void): Contestant {
  return {
    engine,
    form,
    threads: 1,
    coldRuns: 1,
    repeat(times) {
      for (let run = 0; run < times; run++) once()
    },
    [Symbol.dispose]() {},
  }
}
