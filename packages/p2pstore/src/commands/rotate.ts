import { join } from 'node:path'
import type { Home, Protection } from '@p2pstore/node'
import type { Command } from 'commander'
import type { Act } from '../act.ts'
import { authorityOption } from '../authority-option.ts'
import { parseMoment } from '../duration.ts'
import type { ExitCode } from '../exit-code.ts'
import { learnRoll, proclaim } from '../proclaim.ts'
import type { Session } from '../session.ts'

interface RotateFlags {
  readonly authority?: string
  readonly out?: string
  readonly until: string
}

export function addRotate(program: Command, act: Act): void {
  program
    .command('rotate')
    .description("give the network's authority a new key; members it knows are certified anew and notice nothing")
    .option('--until <when>', 'how long memberships still count that rest on the old key alone: 30d, a date', '90d')
    .option('--out <file>', 'where to keep the new key (default: authority.key in the home; the old one is renamed)')
    .option(...authorityOption)
    .action(act(rotateKey))
}

async function rotateKey(session: Session, flags: RotateFlags): Promise<ExitCode> {
  const { keepAuthority, openAuthority, openHome, rotate, systemClock, systemRandom } = await import('@p2pstore/node')
  const until = parseMoment(flags.until, systemClock.nowMs())
  const home = await openHome(session.settings.home, systemClock, session.passphrase)
  const old = await openAuthority(home, { file: flags.authority, passphrase: session.passphrase })
  await learnRoll(session, home)
  const { next, items } = rotate(old, home.roll, until.getTime(), systemRandom)
  const file = await keepAuthority(home, next, {
    file: flags.out,
    protection: await protectionLike(session, home, flags),
  })
  const renewed = items.filter(({ kind }) => kind === 'credential').length
  session.note(`The new key is in ${file}: keep a copy in a safe place, and destroy the old one.`)
  const value = { authority: next.key.peerId, file, renewed, until: until.toISOString() }
  const text = `rotated to ${next.key.peerId}; ${renewed} members certified anew; the old key counts until ${value.until}`
  return proclaim(session, home, items, value, text)
}

/** A protected key is followed by one with the same passphrase. */
async function protectionLike(
  session: Session,
  home: Home,
  { authority }: RotateFlags,
): Promise<Protection | undefined> {
  const { isProtected, systemRandom } = await import('@p2pstore/node')
  if (!(await isProtected(authority ?? join(home.directory, 'authority.key')))) return undefined
  const passphrase = await session.passphrase()
  return passphrase === undefined ? undefined : { passphrase, random: systemRandom }
}
