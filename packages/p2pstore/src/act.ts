import type { ExitCode } from './exit-code.ts'
import type { Session } from './session.ts'

/** A command. After the session come its positional arguments and its own options. Returns `ok` unless it says otherwise. */
export type Verb<Rest extends readonly unknown[]> = (
  session: Session,
  ...rest: Rest
) => Promise<ExitCode> | Promise<void>

/** Turns a command into what commander calls. */
export type Act = <Rest extends readonly unknown[]>(verb: Verb<Rest>) => (...given: unknown[]) => Promise<void>
