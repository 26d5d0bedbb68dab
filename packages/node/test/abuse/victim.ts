import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type Client, Client as NodeClient } from '../../src/client.ts'
import { systemClock } from '../../src/clock/system-clock.ts'
import { openHome } from '../../src/home/home.ts'
import { openAuthority, revokeBy } from '../../src/home/rule.ts'
import { createIdentity } from '../../src/identity/identity.ts'
import { silentLogger } from '../../src/logger/silent-logger.ts'
import { type Authority, certify } from '../../src/membership/authority.ts'
import { encodeCredential, networkIdOf } from '../../src/membership/certificate.ts'
import type { Role } from '../../src/membership/role.ts'
import type { RollItem } from '../../src/membership/roll.ts'
import type { ByteStream, Transport } from '../../src/ports/transport.ts'
import { systemRandom } from '../../src/random/system-random.ts'
import { createLibp2pTransport } from '../../src/transport/libp2p/transport.ts'

const script = fileURLToPath(new URL('node-child.ts', import.meta.url))

/** A peer without our protocol on top, for whatever it likes to do, and what it would show if it wanted to come in. */
export interface Attacker {
  readonly peerId: string
  readonly transport: Transport
  readonly network: string
  readonly credential: Uint8Array
  open(): Promise<ByteStream>
}

/** A node that runs in a process of its own and is to be attacked. */
export class Victim implements AsyncDisposable {
  readonly peerId: string
  readonly addresses: readonly string[]
  readonly #child: ChildProcess
  readonly #directory: string
  readonly #authority: Authority
  readonly #told: { text: string }
  readonly #closers: (() => Promise<void>)[] = []

  /** @param requestsPerSecond of one member */
  static async start(requestsPerSecond = 20_000): Promise<Victim> {
    const directory = await mkdtemp(join(tmpdir(), 'p2pstore-victim-'))
    const options = ['--import=tsx', '--conditions=@p2pstore/source']
    const child = spawn(process.execPath, [...options, script, directory, `${requestsPerSecond}`])
    const told = { text: '' }
    child.stderr.on('data', (piece: Buffer) => (told.text += piece))
    const [line] = await Promise.race([
      once(createInterface({ input: child.stdout }), 'line'),
      once(child, 'exit').then(() => Promise.reject(new Error(`the node did not start: ${told.text}`))),
    ])
    const authority = await openAuthority(await openHome(directory, systemClock))
    return new Victim(child, directory, JSON.parse(line), authority, told)
  }

  constructor(
    child: ChildProcess,
    directory: string,
    { peerId, addresses }: { peerId: string; addresses: readonly string[] },
    authority: Authority,
    told: { text: string },
  ) {
    this.#child = child
    this.#directory = directory
    this.peerId = peerId
    this.addresses = addresses
    this.#authority = authority
    this.#told = told
  }

  get port(): number {
    return Number(/tcp\/(\d+)/.exec(this.addresses[0]!)?.[1])
  }

  /** What it has said on standard error: what ended it, if anything did. */
  get told(): string {
    return this.#told.text
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Of its memory that is in use now. */
  residentBytes(): number {
    const [kibibytes] = execFileSync('ps', ['-o', 'rss=', '-p', String(this.#child.pid)])
      .toString()
      .trim()
      .split(/\s+/)
    return Number(kibibytes) * 1024
  }

  /** @param role of a member; undefined for one that only claims to be */
  async attacker(role: Role | undefined): Promise<Attacker> {
    const identity = createIdentity(systemRandom.bytes(32))
    const by = role === undefined ? { ...this.#authority, key: identity } : this.#authority
    const network = Buffer.from(networkIdOf(by.founder)).toString('hex')
    const credential = encodeCredential(certify(by, identity.peerId, { role: role ?? 'storage', expiresAtMs: 0 }))
    const transport = createLibp2pTransport({ identity, networkId: network })
    await transport.start((stream) => stream.attach({ data() {}, drain() {}, close() {} }))
    this.#closers.push(() => transport.stop())
    const open = () => transport.open(this.peerId, this.addresses, { signal: AbortSignal.timeout(20_000) })
    return { peerId: identity.peerId, transport, network, credential, open }
  }

  /** What puts a member out. */
  revocationOf({ peerId }: Attacker): RollItem {
    return revokeBy(this.#authority, peerId, systemClock.nowMs())
  }

  /** An honest member that puts and gets. */
  async member(): Promise<Client> {
    const identity = createIdentity(systemRandom.bytes(32))
    const credential = certify(this.#authority, identity.peerId, { role: 'client', expiresAtMs: 0 })
    const networkId = Buffer.from(networkIdOf(this.#authority.founder)).toString('hex')
    const client = new NodeClient({
      identity,
      credential,
      transport: createLibp2pTransport({ identity, networkId }),
      clock: systemClock,
      random: systemRandom,
      logger: silentLogger,
      bootstrap: this.addresses,
    })
    this.#closers.push(() => client.close())
    await client.start()
    return client
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#closers.map((close) => close()))
    this.#child.kill('SIGKILL')
    await rm(this.#directory, { recursive: true, force: true, maxRetries: 5 })
  }
}
