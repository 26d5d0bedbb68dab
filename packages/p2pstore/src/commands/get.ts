import { pipeline } from 'node:stream/promises'
import type { Command } from 'commander'
import type { Act } from '../act.ts'
import { parseByteRange } from '../byte-range.ts'
import { Progress } from '../progress.ts'
import { capabilityArgument, capabilitySecret, readSecret } from '../secret.ts'
import type { Session } from '../session.ts'
import { assertWritable, writeWholeFile } from '../whole-file.ts'

interface GetFlags {
  readonly range?: string
  readonly force?: true
}

export function addGet(program: Command, act: Act): void {
  program
    .command('get')
    .description('read an object')
    .argument(...capabilityArgument)
    .argument('[out]', 'file to write, or - for standard output', '-')
    .option('--range <range>', 'only a part: 0-99 (first and last byte), 100- or 100+50 (offset and length)')
    .option('--force', 'replace the file when it is there already')
    .action(act(get))
}

async function get(session: Session, from: string | undefined, out: string, flags: GetFlags): Promise<void> {
  const range = flags.range === undefined ? undefined : parseByteRange(flags.range)
  const replace = flags.force === true
  const capability = await readSecret(capabilitySecret, from, session.surroundings)
  if (out !== '-') await assertWritable(out, replace)
  await using client = await session.connect()
  const { signal } = session
  const bytes = client.get(capability, { ...range, signal })
  if (out === '-') {
    await pipeline(bytes, session.surroundings.stdout, { end: false })
    return
  }
  const { systemClock } = await import('@p2pstore/node')
  const total = Progress.isWanted(session) ? (await client.stat(capability, { signal })).objectBytes : undefined
  using progress = Progress.of(session, range?.lengthBytes ?? total, systemClock)
  await writeWholeFile(out, watched(bytes, progress), { replace })
}

async function* watched(bytes: AsyncIterable<Uint8Array>, progress: Progress): AsyncGenerator<Uint8Array> {
  let doneBytes = 0
  for await (const piece of bytes) {
    yield piece
    doneBytes += piece.length
    progress.update(doneBytes)
  }
}
