import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { createViteServer } from 'vitest/node'
import { outcomes } from './browser/outcomes.ts'

const browser = [
  process.env.CHROME_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
].find((path) => path !== undefined && existsSync(path))

const root = fileURLToPath(new URL('..', import.meta.url))
const script = fileURLToPath(new URL('./browser/page.ts', import.meta.url))

/** Serves the package's sources as JavaScript on 127.0.0.1, and takes one report. */
async function startServer(folder: string) {
  const { promise: report, resolve } = deferred<string>()
  const server = await createViteServer({
    root,
    configFile: false,
    cacheDir: join(folder, 'cache'),
    logLevel: 'error',
    server: { host: '127.0.0.1', port: 0, hmr: false, ws: false, watch: null },
    optimizeDeps: { noDiscovery: true },
    plugins: [
      {
        name: 'report',
        configureServer: ({ middlewares }) => {
          middlewares.use('/page', (_, response) => {
            response.setHeader('content-type', 'text/html')
            response.end(`<!doctype html><script type="module" src="/${relative(root, script)}"></script>`)
          })
          middlewares.use('/report', async (request, response) => {
            resolve(await text(request))
            response.end()
          })
        },
      },
    ],
  })
  await server.listen()
  const { port } = server.httpServer!.address() as AddressInfo
  return { page: `http://127.0.0.1:${port}/page`, report, stop: () => server.close() }
}

function startBrowser(executable: string, folder: string, page: string): ChildProcess {
  const options = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--remote-debugging-port=0']
  return spawn(executable, [...options, `--user-data-dir=${join(folder, 'profile')}`, page], { stdio: 'ignore' })
}

async function exitOf(browserProcess: ChildProcess): Promise<never> {
  const [code] = await once(browserProcess, 'exit')
  throw new Error(`the browser exited with ${code} before it reported`)
}

function deferred<T>() {
  let resolve!: (value: T) => void
  const promise = new Promise<T>((fulfil) => {
    resolve = fulfil
  })
  return { promise, resolve }
}

it('makes the same bytes in a browser', async ({ skip }) => {
  if (browser === undefined) {
    console.warn('NOT RUN: the codec in a browser. Install Chromium, or say where it is by CHROME_PATH.')
    skip('no Chromium')
    return
  }
  const folder = await mkdtemp(join(tmpdir(), 'codec-browser-'))
  const server = await startServer(folder)
  const chromium = startBrowser(browser, folder, server.page)
  try {
    const report = await Promise.race([server.report, exitOf(chromium)])
    expect(JSON.parse(report)).toEqual(await outcomes())
  } finally {
    if (chromium.exitCode === null && chromium.kill('SIGKILL')) await once(chromium, 'exit')
    await server.stop()
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  }
})
