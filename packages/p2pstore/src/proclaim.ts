import type { Client, Home, RollItem } from '@p2pstore/node'
import { type ExitCode, exitCode } from './exit-code.ts'
import type { Session } from './session.ts'

/**
 * Saves what the authority has ruled in its home, and tells the nodes of the network. When none can be reached, the node of
 * this home tells them as soon as it runs.
 */
export async function proclaim(
  session: Session,
  home: Home,
  rulings: readonly RollItem[],
  value: object,
  text: string,
): Promise<ExitCode> {
  const { saveRoll, systemClock } = await import('@p2pstore/node')
  // Connects before the home knows: afterwards it would not speak with those who are put out, and they are to hear of it.
  await using client = await connected(session)
  home.roll.merge(rulings, systemClock.nowMs())
  await saveRoll(home.directory, home.roll, systemClock.nowMs())
  const { told, members } = await tell(client, rulings, session.signal)
  session.report({ ...value, told, members }, `${text}\ntold ${told} of ${members} nodes`)
  if (told > 0) return exitCode.ok
  session.warn('No node could be told: they will know when a node of this home runs, or when this is repeated.')
  return exitCode.temporary
}

/** Brings the home's roll up to date, as far as the network can be reached. */
export async function learnRoll(session: Session, home: Home): Promise<void> {
  const { systemClock } = await import('@p2pstore/node')
  try {
    await using client = await session.connect()
    home.roll.merge(client.rollItems(), systemClock.nowMs())
  } catch (failure) {
    session.signal.throwIfAborted()
    session.warn(`Members this home has not heard of are not certified anew: ${(failure as Error).message}`)
  }
}

async function connected(session: Session): Promise<Client | undefined> {
  try {
    return await session.connect()
  } catch {
    session.signal.throwIfAborted()
    return undefined
  }
}

async function tell(
  client: Client | undefined,
  rulings: readonly RollItem[],
  signal: AbortSignal,
): Promise<{ told: number; members: number }> {
  try {
    return (await client?.announce(rulings, { signal })) ?? { told: 0, members: 0 }
  } catch {
    signal.throwIfAborted()
    return { told: 0, members: 0 }
  }
}
