/** The parts of a member that talk, with a doorman who lets anyone in. */
import { silentLogger, systemClock, systemRandom, type Transport } from '@p2pstore/node'
import {
  createIdentity,
  createLibp2pTransport,
  createRpc,
  type Encryption,
  identitySeedBytes,
  type Rpc,
} from '@p2pstore/node/wire'

const networkId = 'benchmark'
const doorman = {
  network: networkId,
  credential: () => new Uint8Array(),
  admit: (peerId: string) => ({ peerId, role: 'storage' }),
  assertAnswers() {},
}

export function transportWith(encryption: Encryption, listen: readonly string[]): Transport {
  const identity = createIdentity(systemRandom.bytes(identitySeedBytes))
  return createLibp2pTransport({ identity, networkId, listen, encryptions: [encryption] })
}

/** Sends the body of every request back. */
export function rpcOver(transport: Transport): Rpc {
  const handler = async ({ body }: { body: { subarray(): Uint8Array } }) => ({ body: body.subarray() })
  return createRpc({ transport, clock: systemClock, logger: silentLogger, doorman, handler })
}
