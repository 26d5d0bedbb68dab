import { onTestFinished } from 'vitest'
import { createIdentity } from '../../src/identity/identity.ts'
import type { Transport } from '../../src/ports/transport.ts'
import { systemRandom } from '../../src/random/system-random.ts'
import { createLibp2pTransport } from '../../src/transport/libp2p/transport.ts'
import { testTransport } from '../contract/transport.ts'

const newIdentity = () => createIdentity(systemRandom.bytes(32))

testTransport('libp2p', async () => {
  const transports: Transport[] = []
  onTestFinished(async () => {
    await Promise.all(transports.map((transport) => transport.stop()))
  })
  const create = (listen: readonly string[]): Transport => {
    const transport = createLibp2pTransport({ identity: newIdentity(), networkId: 'test', listen })
    transports.push(transport)
    return transport
  }
  return {
    create: async ({ listens }) => create(listens ? ['/ip4/127.0.0.1/tcp/0'] : []),
    createAt: async (taken) => create(taken.addresses().map((address) => address.slice(0, address.indexOf('/p2p/')))),
    unknownPeerId: () => newIdentity().peerId,
    settle: (promise) => promise,
  }
})
