import { connect } from 'node:tls'
import { serveJobs } from '../child.ts'
import { crowd } from '../crowd.ts'
import { Exchange, type Verb } from './raw-exchange.ts'

let exchanges: Exchange[] = []

serveJobs({
  async start({ ports }: { ports: readonly number[] }) {
    exchanges = await Promise.all(ports.map(open))
  },
  /** An object is some requests at once, each to another server. */
  async objects({
    verb,
    count,
    requests,
    inFlight,
  }: {
    verb: Verb
    count: number
    requests: number
    inFlight: number
  }) {
    const { seconds } = await crowd(count, inFlight, (number) =>
      Promise.all(
        Array.from({ length: requests }, (_, request) => exchanges[(number + request) % exchanges.length]?.ask(verb)),
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
