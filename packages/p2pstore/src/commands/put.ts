import type { Clock, PutReceipt } from '@p2pstore/node'
import { type Command, Option } from 'commander'
import type { Act } from '../act.ts'
import { formatByteSize } from '../byte-size.ts'
import { formatDuration, parseMoment } from '../duration.ts'
import { gather } from '../gather.ts'
import { Progress } from '../progress.ts'
import type { Session } from '../session.ts'
import { acknowledgementLevels, durabilities, strategies } from '../settings.ts'
import { openSource } from '../source-file.ts'
import { parseWhere } from '../where.ts'
import { assertWritable, writeWholeFile } from '../whole-file.ts'

interface PutFlags {
  readonly deleteAfter?: string
  readonly save?: string
}

export function addPut(program: Command, act: Act): void {
  program
    .command('put')
    .description('store a file; prints the capability that opens it: a secret')
    .argument('<file>', 'the file, or - for standard input')
    .option('--scheme <scheme>', 'how it is coded: rs:4+2, mirror:3, … (default: rs:4+2)')
    .addOption(new Option('--acknowledge <level>', 'shards to wait for (default: all)').choices(acknowledgementLevels))
    .addOption(new Option('--durability <level>', 'what waiting means (default: durable)').choices(durabilities))
    .addOption(new Option('--strategy <name>', 'which nodes come first (default: spread)').choices(strategies))
    .option('--where <condition>', 'nodes for the shards, such as region=eu or latency<50ms; can be repeated', gather)
    .option('--shard-bytes <size>', 'length of a full shard, at most 1MiB (default: 512KiB, less for wide schemes)')
    .option('--inline-bytes <size>', 'up to this it is kept whole on few nodes, at most 64KiB (default: 16KiB)')
    .option('--delete-after <when>', 'delete it then: 30d, or a date such as 2031-05-01 (default: never)')
    .option('--save <file>', 'write the capability to this file, for your eyes only, instead of printing it')
    .action(act(put))
}

async function put(session: Session, file: string, flags: PutFlags): Promise<void> {
  const { systemClock } = await import('@p2pstore/node')
  const deleteAfter = flags.deleteAfter === undefined ? undefined : parseMoment(flags.deleteAfter, systemClock.nowMs())
  if (flags.save !== undefined) await assertWritable(flags.save, false)
  const receipt = await store(session, file, deleteAfter, systemClock)
  await handOver(session, receipt, flags.save)
  const { objectBytes, scheme, storedShards, passedOnShards, stripeCount, elapsedMs } = receipt
  const took = formatDuration(elapsedMs)
  const what = stripeCount === 0 ? 'whole copies' : 'shards'
  session.note(`Stored ${formatByteSize(objectBytes)} as ${scheme} in ${storedShards} ${what}, ${took}.`)
  if (passedOnShards > 0)
    session.note(`${passedOnShards} of them were passed on by other nodes: this machine could not reach theirs.`)
}

async function store(session: Session, file: string, deleteAfter: Date | undefined, clock: Clock): Promise<PutReceipt> {
  const { scheme, acknowledge, durability, shardBytes, inlineBytes, strategy, where } = session.settings
  const placement = { strategy, ...(where.length > 0 && { accept: parseWhere(where) }) }
  await using source = await openSource(file, session.surroundings.stdin)
  await using client = await session.connect()
  // What it has seen of the ways in its first second is mostly how long connecting takes.
  if (strategy === 'nearest' || where.some((condition) => condition.startsWith('latency'))) await client.view.measure()
  using progress = Progress.of(session, source.sizeBytes, clock)
  const onProgress = (storedBytes: number): void => progress.update(storedBytes)
  const { signal } = session
  return await client.put(source.bytes, {
    scheme,
    acknowledge,
    durability,
    shardBytes,
    inlineBytes,
    placement,
    deleteAfter,
    onProgress,
    signal,
  })
}

/** The object is stored: whatever happens now, its capability must not get lost. */
async function handOver(session: Session, receipt: PutReceipt, save: string | undefined): Promise<void> {
  if (save === undefined) {
    session.report(receipt, receipt.capability)
    return
  }
  try {
    await writeWholeFile(save, lineOf(receipt.capability), { replace: false, mode: 0o600 })
  } catch (failure) {
    session.report(receipt, receipt.capability)
    throw failure
  }
  const { capability: _, ...rest } = receipt
  if (session.settings.json) session.report({ ...rest, capabilityFile: save }, '')
}

async function* lineOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`${text}\n`)
}
