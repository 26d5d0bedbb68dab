import { manualClock } from '../../src/clock/manual-clock.ts'
import { seededRandom } from '../../src/random/seeded-random.ts'
import { createMemoryHub } from '../../src/transport/memory/hub.ts'
import { testTransport } from '../contract/transport.ts'

testTransport('memory', async () => {
  const clock = manualClock()
  const conditions = () => ({ latencyMs: 5, bytesPerSecond: 10 << 20 })
  const hub = createMemoryHub({ clock, random: seededRandom(7), conditions })
  let count = 0
  return {
    async create({ listens }) {
      const peerId = `peer-${count++}`
      return hub.transport(peerId, listens ? { address: `/memory/${peerId}` } : {})
    },
    async createAt(taken) {
      return hub.transport(`peer-${count++}`, { address: `/memory/${taken.peerId}` })
    },
    unknownPeerId: () => 'nobody',
    settle: (promise) => clock.settle(promise),
  }
})
