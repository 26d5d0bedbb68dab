import type { Command } from 'commander'
import type { Act } from '../act.ts'
import type { CodecFlags } from '../bench/bench-codec.ts'
import type { SchemesFlags } from '../bench/bench-schemes.ts'
import { operations } from '../bench/speed/contestant.ts'
import type { Session } from '../session.ts'

const commonSchemes = 'mirror:3,rs:4+2,rs:6+3,rs:10+4,rs:16+4,xor:4+1,local:12+2+2'
const gridSchemes = 'lines:4+1,4+1,grid:4+1,4+1,grid:10+2,10+2,grid:7+1,7+1,7+1'
const measuredSchemes = 'rs:4+2,rs:10+4,rs:16+4,rs:29+51,grid:4+1,4+1,local:12+2+2'
const htmlOption = ['--html <file>', 'write a report with charts, as one page that needs nothing else'] as const

const codecNotes = `
GB/s counts all data shards of a stripe over the time of one operation on it, for update and join as well, which touch only some:
so the figures of one scheme compare times. encode works in an arena, in place; encode-copied does the same with arrays that lie
elsewhere, so the two show what copies cost. join makes the scheme one larger, by the smallest step there is. With several
threads, encode and reconstruct are measured with one and with all of them.
The swizzle engine computes Reed–Solomon in byte layout, as rs:k+m/vandermonde; the field form says so.
--baseline adds two engines, where they can do it: subspace-wasm, which copies shards in and out as its interface wants, and, for
encode, memcpy: copying half of the stripe's bytes onto the other half, so that each is read or written once, counted alike.
Ratios: "× subspace-wasm" is to what it takes for the same operation, "× its encode" to what it takes to encode such a stripe.
What an engine can't do is left out.`

const schemesNotes = `
Loss is a stripe that can't be decoded. Chances are exact where all sets of lost shards can be counted, else simulated, with
standard error. Time to loss is that of a Markov chain: docs/bench.md tells the model. A report also shows how fast this machine
encodes.`

export function addBench(program: Command, act: Act): void {
  const bench = program.command('bench').description('measure the codec, or compare what schemes promise and cost')
  bench
    .command('codec')
    .description('measure how fast schemes are encoded, rebuilt, updated, verified and grown')
    .option('--schemes <list>', 'schemes, separated by commas', measuredSchemes)
    .option('--shard <sizes>', 'sizes of one shard', '64KiB')
    .option('--operations <list>', `some of ${operations.join(', ')}`, operations.join())
    .option('--lost <counts>', 'how many data shards to rebuild', '1,4')
    .option('--engines <list>', 'some of xor-program, swizzle, reference', 'xor-program,swizzle')
    .option('--baseline', 'compare with @subspace/reed-solomon-erasure.wasm, when installed, and with memcpy')
    .option('--threads <count>', 'measure with so many threads too', '1')
    .option('--rounds <count>', 'how often to measure each, in turn', '25')
    .option(...htmlOption)
    .addHelpText('after', codecNotes)
    .action(act(codec))
  bench
    .command('schemes')
    .description('compare what schemes survive, store, read and write')
    .option('--schemes <list>', 'schemes, separated by commas', `${commonSchemes},${gridSchemes}`)
    .option('--loss-rates <list>', 'chances of a shard to be lost', '0.01,0.05')
    .option('--nodes-up <share>', 'share of the nodes that are up', '0.9')
    .option('--afr <share>', 'share of the nodes that fail for good within a year', '0.1')
    .option('--mttr <duration>', 'mean time to repair a lost shard', '24h')
    .option('--repair-at <count>', 'lost shards at which repair begins (default: half of those always survived)')
    .option('--domains <count>', 'domains that shards are spread over', '12')
    .option('--domain-afr <share>', 'share of the domains that fail for good within a year', '0.01')
    .option('--shard <size>', 'size of one shard', '64KiB')
    .option('--samples <count>', 'how many losses to simulate where they can not be counted', '10000')
    .option('--seed <number>', 'of the simulation: the same seed gives the same figures', '1')
    .option(...htmlOption)
    .addHelpText('after', schemesNotes)
    .action(act(schemes))
}

async function codec(session: Session, flags: CodecFlags): Promise<void> {
  const { benchCodec } = await import('../bench/bench-codec.ts')
  await benchCodec(session, flags)
}

async function schemes(session: Session, flags: SchemesFlags): Promise<void> {
  const { benchSchemes } = await import('../bench/bench-schemes.ts')
  await benchSchemes(session, flags)
}
