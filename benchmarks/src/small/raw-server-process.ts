import { type AddressInfo, createServer } from 'node:net'
import { TLSSocket } from 'node:tls'
import { serveJobs } from '../child.ts'
import { answerRequests } from './raw-exchange.ts'

serveJobs({
  async start({ certificate, key }: { certificate: string; key: string }) {
    const server = createServer((raw) => {
      const socket = new TLSSocket(raw, { isServer: true, cert: certificate, key, minVersion: 'TLSv1.3' })
      socket.on('error', () => raw.destroy())
      raw.setNoDelay(true)
      answerRequests(socket)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return (server.address() as AddressInfo).port
  },
})
