/** One storage node in a process of its own. */
import {
  createNode,
  formatInvite,
  foundNetwork,
  inviteFrom,
  joinNetwork,
  openHome,
  parseInvite,
  type StorageNode,
  systemClock,
  systemRandom,
  tuneEngine,
} from 'p2pstore'
import { serveJobs } from '../child.ts'
import { startProfile, stopProfile } from '../cpu/profile.ts'

let node: StorageNode | undefined

// As the command line does.
tuneEngine()

serveJobs({
  async start({ directory, invite }: { directory: string; invite?: string }) {
    if (invite === undefined) await foundNetwork(directory, systemRandom)
    else await joinNetwork(directory, parseInvite(invite), systemRandom)
    node = await createNode({ directory, listen: ['/ip4/127.0.0.1/tcp/0'] })
    return node.addresses()
  },
  async invite({ directory }: { directory: string }) {
    const grant = { role: 'storage', expiresAtMs: 0 } as const
    return formatInvite(
      await inviteFrom(await openHome(directory, systemClock), grant, node?.addresses() ?? [], systemRandom),
    )
  },
  async startProfile() {
    await startProfile()
  },
  async stopProfile() {
    return stopProfile()
  },
  async usage() {},
})
