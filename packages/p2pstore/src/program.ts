import { Command, Option } from 'commander'
import type { Act } from './act.ts'
import { addBench } from './commands/bench.ts'
import { addCompletion } from './commands/completion.ts'
import { addDrain } from './commands/drain.ts'
import { addExplain } from './commands/explain.ts'
import { addGet } from './commands/get.ts'
import { addId } from './commands/id.ts'
import { addInit } from './commands/init.ts'
import { addInvite } from './commands/invite.ts'
import { addJoin } from './commands/join.ts'
import { addLinks } from './commands/links.ts'
import { addMembers } from './commands/members.ts'
import { addNode } from './commands/node.ts'
import { addPeers } from './commands/peers.ts'
import { addProtect } from './commands/protect.ts'
import { addPut } from './commands/put.ts'
import { addRebalance } from './commands/rebalance.ts'
import { addRepair } from './commands/repair.ts'
import { addRevoke } from './commands/revoke.ts'
import { addRm } from './commands/rm.ts'
import { addRotate } from './commands/rotate.ts'
import { addScrub } from './commands/scrub.ts'
import { addStat } from './commands/stat.ts'
import { addStatus } from './commands/status.ts'
import { addStore } from './commands/store.ts'
import { addUnit } from './commands/unit.ts'
import { addUp } from './commands/up.ts'
import { addVerify } from './commands/verify.ts'
import { addVersion } from './commands/version.ts'
import { gather } from './gather.ts'
import { logLevels } from './settings.ts'
import type { Surroundings } from './surroundings.ts'

const verbs = [
  ...[
    addUp,
    addInit,
    addNode,
    addInvite,
    addId,
    addJoin,
    addStatus,
    addPeers,
    addLinks,
    addUnit,
    addDrain,
    addRebalance,
    addScrub,
    addStore,
  ],
  ...[addMembers, addRevoke, addRotate, addProtect],
  ...[addPut, addGet, addStat, addVerify, addRepair, addRm],
  ...[addExplain, addBench, addVersion, addCompletion],
]

const notes = `
Every option can also be set in the environment (P2PSTORE_SHARD_BYTES for --shard-bytes) or in config.toml in the home
(shard-bytes, in its table [node] or [put]); a flag comes before the environment, the environment before the file.
Capabilities, invites and passphrases are secrets: they are read from files, standard input or the environment, never as arguments.

Exit status: 0 done, 2 wrong usage or configuration, 3 not found, 4 damaged, 5 try again later, 1 anything else.`

/** All commands. Each loads what it needs when it runs, so that those that need little start at once. */
export function createProgram(act: Act, { stdout }: Pick<Surroundings, 'stdout'>): Command {
  const program = new Command('p2pstore')
    .description('A durable, private, erasure-coded store out of ordinary machines.')
    .option('--home <folder>', "where this member's keys and data are (default: the platform's data folder)")
    .option('--config <file>', 'settings, in TOML (default: config.toml in the home)')
    .option('--bootstrap <multiaddr>', 'a member to find the network at, can be repeated', gather)
    .option('--mdns', 'look for members on the local network too')
    .option('--passphrase-file <file>', 'what opens protected keys (default: P2PSTORE_PASSPHRASE, or it is asked for)')
    .option('--group <name>', 'the group of members that tell each other everything, such as a site (default: default)')
    .option('--json', 'print results and errors as JSON')
    .option('--quiet', 'print results only')
    .addOption(new Option('--log-level <level>', 'log to standard error (default: warn for nodes)').choices(logLevels))
    .addHelpText('after', notes)
    .exitOverride()
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: () => {} })
  for (const add of verbs) add(program, act)
  return program
}
