import { connect } from 'node:tls'
import { serveJobs } from '../child.ts'
import { crowd } from '../crowd.ts'
import { Exchange, type Verb } from './raw-exchange.ts'

let exchanges: Exchange[] = []

serveJobs({
  async start({ ports }: { ports: readonly number[] }) {
    exchanges = await Promise.all(ports.map(open))
  },
  /** An object is as many requests at once as it has shards, each to another server. */
  async objects({ verb, count, shards, inFlight }: { verb: Verb; count: number; shards: number; inFlight: number }) {
    const { seconds } = await crowd(count, inFlight, (number) =>
      Promise.all(
        Array.from({ length: shards }, (_, shard) => exchanges[(number + shard) % exchanges.length]?.ask(verb)),
      ),
    )
    return seconds
  },
})

async function open(port: number): Promise<Exchange> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, minVersion: 'TLSv1.3' })
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject))
  return new Exchange(socket)
}
