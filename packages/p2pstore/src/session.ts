import type { Client, Logger, LogLevel, OpenControl } from '@p2pstore/node'
import { readPassphrase } from './passphrase.ts'
import type { Settings } from './settings.ts'
import type { Surroundings } from './surroundings.ts'

/** One run of one command: results go to standard output, all else to standard error. */
export class Session {
  readonly settings: Settings
  readonly surroundings: Surroundings
  #passphrase: Promise<string | undefined> | undefined

  constructor(settings: Settings, surroundings: Surroundings) {
    this.settings = settings
    this.surroundings = surroundings
  }

  get signal(): AbortSignal {
    return this.surroundings.signal
  }

  /** What opens keys that are protected; asked for once. */
  get passphrase(): () => Promise<string | undefined> {
    return () => {
      this.#passphrase ??= readPassphrase('Passphrase', this.settings.passphraseFile, this.surroundings)
      return this.#passphrase
    }
  }

  /** A result, as text or, with --json, as one line of JSON. */
  report(value: unknown, text: string): void {
    this.surroundings.stdout.write(`${this.settings.json ? JSON.stringify(value) : text}\n`)
  }

  /** Something a person may like to know. */
  note(text: string): void {
    if (!this.settings.quiet && !this.settings.json) this.warn(text)
  }

  /** Something that must be told though the command goes on. */
  warn(text: string): void {
    this.surroundings.stderr.write(`${text}\n`)
  }

  /** @param level unless one was set */
  async logger(level: LogLevel): Promise<Logger | undefined> {
    const { logLevel = level } = this.settings
    if (logLevel === 'silent') return undefined
    const { createLogger } = await import('@p2pstore/node')
    return createLogger({ level: logLevel })
  }

  /** Connects to the network as a client. */
  async connect(): Promise<Client> {
    const { createClient } = await import('@p2pstore/node')
    const { home: directory, bootstrap, mdns, group } = this.settings
    const logger = await this.logger('silent')
    const { passphrase, signal } = this
    return createClient({ directory, passphrase, bootstrap, mdns, group, logger, signal })
  }

  /** Opens what the operator of this home's node uses, whether the node runs or not. */
  async control(): Promise<OpenControl> {
    const { openControl } = await import('@p2pstore/node')
    const { home: directory, store: storeDirectory, capacity: capacityBytes, bootstrap, mdns } = this.settings
    const logger = await this.logger('silent')
    const { passphrase, settings } = this
    const place = { directory, passphrase, storeDirectory, capacityBytes, scrubPeriodMs: settings.scrubPeriod }
    return openControl({ ...place, bootstrap, mdns, logger, signal: this.signal })
  }
}
