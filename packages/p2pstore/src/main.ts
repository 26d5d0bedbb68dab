import { run } from './run.ts'
import { tuneEngine } from './tune-engine.ts'

tuneEngine()

const stop = new AbortController()
for (const event of ['SIGINT', 'SIGTERM', 'disconnect'] as const) process.once(event, () => stop.abort())

const { env, stdin, stdout, stderr } = process
// A reader that has gone shows in what waits for the write, if anything does.
for (const stream of [stdout, stderr]) stream.on('error', () => {})

const script = process.argv[1] as string
process.exitCode = await run(process.argv.slice(2), { env, stdin, stdout, stderr, signal: stop.signal, script })
// Else the channel to a parent would keep this process running.
if (process.connected) process.disconnect()
