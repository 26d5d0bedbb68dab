import { onTestFinished } from 'vitest'
import { manualClock } from '../../src/clock/manual-clock.ts'
import { systemClock } from '../../src/clock/system-clock.ts'
import { CodedError } from '../../src/coded-error.ts'
import { createIdentity } from '../../src/identity/identity.ts'
import { type MemoryLogger, memoryLogger } from '../../src/logger/memory-logger.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Transport } from '../../src/ports/transport.ts'
import { createRpc, type Doorman, type Handler, type Rpc } from '../../src/protocol/rpc.ts'
import type { RpcLimits } from '../../src/protocol/rpc-limits.ts'
import { seededRandom } from '../../src/random/seeded-random.ts'
import { systemRandom } from '../../src/random/system-random.ts'
import { createLibp2pTransport } from '../../src/transport/libp2p/transport.ts'
import { createMemoryHub, type MemoryHub } from '../../src/transport/memory/hub.ts'

export interface TestPeer {
  readonly rpc: Rpc
  readonly transport: Transport
  readonly peerId: string
  readonly addresses: readonly string[]
}

interface TestPeerOptions {
  readonly handler?: Handler
  readonly doorman?: Doorman
  readonly limits?: Partial<RpcLimits>
}

/** Peers that can talk to each other. Everything is closed when the test is over. */
export interface TestNetwork {
  readonly clock: Clock
  readonly logger: MemoryLogger
  /** A peer that listens and answers. */
  peer(options?: TestPeerOptions): Promise<TestPeer>
  /** A started transport without the protocol, for a peer that misbehaves. */
  transport(): Promise<Transport>
  /** Waits for a promise, letting time pass if it is virtual. */
  settle<T>(promise: Promise<T>): Promise<T>
  /** Breaks the connection between two peers, as when one crashes. */
  breakConnection(a: TestPeer, b: TestPeer): void
}

class TestDoormanError extends CodedError<'NOT_A_MEMBER'> {}

/** Lets in whoever shows the word `member`. */
export function testDoorman(options: { network?: string; word?: string } = {}): Doorman {
  const { network = 'testnet', word = 'member' } = options
  return {
    network,
    credential: () => Buffer.from(word),
    admit(peerId, credential) {
      if (Buffer.from(credential).toString() === 'member') return { peerId, role: 'storage' }
      throw new TestDoormanError('NOT_A_MEMBER', `${peerId} is not a member of this network`)
    },
    assertAnswers() {},
  }
}

/** Answers with what it was asked. */
const echo: Handler = async ({ head, body }) => ({ head, body })

export interface MemoryTestNetwork extends TestNetwork {
  readonly hub: MemoryHub
  /** Lets time pass. */
  advance(durationMs: number): Promise<void>
}

export function memoryNetwork(options: { latencyMs?: number; bytesPerSecond?: number } = {}): MemoryTestNetwork {
  const { latencyMs = 1, bytesPerSecond = Number.POSITIVE_INFINITY } = options
  const clock = manualClock()
  const hub = createMemoryHub({ clock, random: seededRandom(1), conditions: () => ({ latencyMs, bytesPerSecond }) })
  let count = 0
  const create = (): Transport => {
    const peerId = `peer-${count++}`
    return hub.transport(peerId, { address: `/memory/${peerId}` })
  }
  return {
    ...networkOf(clock, create),
    hub,
    settle: (promise) => clock.settle(promise),
    advance: (durationMs) => clock.advance(durationMs),
    breakConnection: (a, b) => hub.drop(a.peerId, b.peerId),
  }
}

export function libp2pNetwork(): TestNetwork {
  const create = (): Transport => {
    const identity = createIdentity(systemRandom.bytes(32))
    return createLibp2pTransport({ identity, networkId: 'test', listen: ['/ip4/127.0.0.1/tcp/0'] })
  }
  return {
    ...networkOf(systemClock, create),
    settle: (promise) => promise,
    breakConnection: (a, b) => a.transport.disconnect(b.peerId),
  }
}

function networkOf(clock: Clock, create: () => Transport): Omit<TestNetwork, 'settle' | 'breakConnection'> {
  const logger = memoryLogger()
  const closers: (() => Promise<void>)[] = []
  onTestFinished(async () => {
    await Promise.all(closers.map((close) => close()))
  })
  return {
    clock,
    logger,
    async peer({ handler = echo, doorman = testDoorman(), limits = {} } = {}) {
      const transport = create()
      const rpc = createRpc({ transport, clock, logger, doorman, handler, limits })
      await rpc.start()
      closers.push(() => rpc.close())
      return { rpc, transport, peerId: transport.peerId, addresses: transport.addresses() }
    },
    async transport() {
      const transport = create()
      await transport.start((stream) => stream.attach({ data() {}, drain() {}, close() {} }))
      closers.push(() => transport.stop())
      return transport
    },
  }
}
