import { type Command, Option } from 'commander'
import type { Act } from '../act.ts'
import { gather } from '../gather.ts'
import { interruption } from '../interruption.ts'
import type { Session } from '../session.ts'
import { relayRoles } from '../settings.ts'

export function addNode(program: Command, act: Act): void {
  program
    .command('node')
    .description('run a storage node until it is interrupted')
    .option(
      '--listen <multiaddr>',
      'where to listen, can be repeated (default: TCP port 7420 of every interface)',
      gather,
    )
    .option(
      '--capacity <size>',
      'what the first unit may occupy, such as 100GiB, unless it was resized (default: the file system)',
    )
    .option('--region <name>', 'where it is: a country, a part of the world')
    .option('--site <name>', 'where it is: a building, a data centre')
    .option('--rack <name>', 'where it is: a rack, a room, a fuse')
    .option('--machine <name>', 'the machine it runs on, for several nodes on one')
    .option('--position <latitude,longitude>', 'where it is, in degrees, such as 52.52,13.405')
    .option(
      '--domain <name>',
      'nodes of one domain may fail together (default: its rack, else its machine, else itself)',
    )
    .option('--tag <name>', 'what policies and people may choose it by, can be repeated', gather)
    .option('--store <folder>', 'a unit to keep shards in, besides those that are known (default: store in the home)')
    .addOption(
      new Option(
        '--relay <role>',
        "carry for members that can't be dialled, or have others carry for this node, always or when it can't be dialled",
      ).choices(relayRoles),
    )
    .option(
      '--announce <multiaddr>',
      'where others reach it too, by a port that a router forwards; can be repeated',
      gather,
    )
    .option(
      '--health <host:port>',
      'where to tell anyone over HTTP how the node is: /health and /metrics (default: nowhere)',
    )
    .option('--scrub-period <duration>', 'in how long everything is read once, to find damage (default: 30d)')
    .option(
      '--state-rate <size>',
      'what to send a second, on average, of what is known of the network (default: 16KiB)',
    )
    .action(act(runNode))
}

async function runNode(session: Session): Promise<void> {
  const { createNode } = await import('@p2pstore/node')
  const { settings, signal } = session
  const { home: directory, store: storeDirectory, capacity, scrubPeriod, stateRate, bootstrap, mdns } = settings
  const { listen, announce, health, relay, group, domain, region, site, rack, machine, position, tag: tags } = settings
  const whereabouts = { domain, region, site, rack, machine, position, tags }
  const logger = await session.logger('warn')
  const { passphrase } = session
  const place = {
    directory,
    passphrase,
    storeDirectory,
    capacityBytes: capacity,
    scrubPeriodMs: scrubPeriod,
    stateBytesPerSecond: stateRate,
    logger,
    signal,
  }
  await using node = await createNode({
    ...place,
    ...whereabouts,
    listen,
    announce,
    health,
    relay,
    group,
    bootstrap,
    mdns,
  })
  const addresses = node.addresses()
  const lines = [`node ${node.peerId}`, ...addresses.map((address) => `  listens on ${address}`)]
  session.report({ event: 'ready', peerId: node.peerId, addresses }, lines.join('\n'))
  const ended = new Promise<never>((_, reject) => {
    node.events.addEventListener('membership-end', ({ detail }) => reject(detail), { once: true })
  })
  await Promise.race([interruption(signal), ended])
}
