import { onTestFinished } from 'vitest'
import { manualClock } from '../../src/clock/manual-clock.ts'
import { memoryLogger } from '../../src/logger/memory-logger.ts'
import { MembershipError } from '../../src/membership/membership-error.ts'
import { createRpc, type Doorman, type Handler, type Rpc } from '../../src/protocol/rpc.ts'
import type { RpcLimits } from '../../src/protocol/rpc-limits.ts'
import { seededRandom } from '../../src/random/seeded-random.ts'
import { createMemoryHub } from '../../src/transport/memory/hub.ts'

/** Lets in whoever shows the word `member`. */
export function passwordDoorman(options: { network?: string; word?: string } = {}): Doorman {
  return {
    network: options.network ?? 'testnet',
    credential: () => Buffer.from(options.word ?? 'member'),
    admit(peerId, credential) {
      if (Buffer.from(credential).toString() === 'member') return { peerId, role: 'storage' }
      throw new MembershipError('NOT_A_MEMBER', `${peerId} is not a member of this network`)
    },
  }
}

/** Answers with what it was asked. */
export const echo: Handler = async ({ head, body }) => ({ head, body })

export interface TestPeer {
  readonly rpc: Rpc
  readonly peerId: string
  readonly addresses: readonly string[]
}

export interface TestPeerOptions {
  readonly handler?: Handler
  readonly doorman?: Doorman
  readonly limits?: Partial<RpcLimits>
}

/** Peers on a memory network with virtual time. */
export function memoryPeers(options: { latencyMs?: number; bytesPerSecond?: number; seed?: number } = {}) {
  const { latencyMs = 1, bytesPerSecond = Number.POSITIVE_INFINITY, seed = 1 } = options
  const clock = manualClock()
  const logger = memoryLogger()
  const hub = createMemoryHub({ clock, random: seededRandom(seed), conditions: () => ({ latencyMs, bytesPerSecond }) })
  const rpcs: Rpc[] = []
  onTestFinished(async () => {
    for (const rpc of rpcs) await rpc.close()
  })
  const peer = async (peerId: string, peerOptions: TestPeerOptions = {}): Promise<TestPeer> => {
    const { handler = echo, doorman = passwordDoorman(), limits = {} } = peerOptions
    const transport = hub.transport(peerId, { address: `/memory/${peerId}` })
    const rpc = createRpc({ transport, clock, logger, doorman, handler, limits })
    await rpc.start()
    rpcs.push(rpc)
    return { rpc, peerId, addresses: transport.addresses() }
  }
  return { clock, logger, hub, peer }
}
