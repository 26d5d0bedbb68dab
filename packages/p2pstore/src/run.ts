import { type Command, CommanderError } from 'commander'
import type { Act, Verb } from './act.ts'
import { type ExitCode, exitCode, exitCodeOf } from './exit-code.ts'
import { describeFailure, formatFailure } from './failure.ts'
import { createProgram } from './program.ts'
import { Session } from './session.ts'
import { resolveSettings } from './settings.ts'
import type { Surroundings } from './surroundings.ts'

/**
 * Runs one command. Whatever goes wrong is told in one line on standard error.
 * @param args without the names of Node and of the program
 */
export async function run(args: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  let status: ExitCode = exitCode.ok
  let session: Session | undefined
  const act: Act =
    <Rest extends readonly unknown[]>(verb: Verb<Rest>) =>
    async (...given) => {
      const command = given.at(-1) as Command
      session = new Session(await resolveSettings(command.optsWithGlobals(), surroundings.env), surroundings)
      const ended = await verb(session, ...(given.slice(0, -1) as readonly unknown[] as Rest))
      if (ended !== undefined) status = ended
    }
  const program = createProgram(act, surroundings)
  try {
    await program.parseAsync(args, { from: 'user' })
    return status
  } catch (failure) {
    if (failure instanceof CommanderError && failure.exitCode === 0) return exitCode.ok
    const json = session?.settings.json ?? args.includes('--json')
    const isDebug = session?.settings.logLevel === 'debug'
    return tell(failure, { json, isDebug }, surroundings)
  }
}

function tell(
  failure: unknown,
  { json, isDebug }: { json: boolean; isDebug: boolean },
  { stderr, signal }: Surroundings,
): ExitCode {
  const described = describeFailure(failure, signal)
  stderr.write(`${formatFailure(described, { json })}\n`)
  if (isDebug && failure instanceof Error) stderr.write(`${failure.stack}\n`)
  return exitCodeOf(described.code)
}
