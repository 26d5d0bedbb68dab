import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { resolveSettings } from '../src/settings.ts'
import { emptyFolder } from './folder.ts'

test('a flag comes before the environment, the environment before the file, the file before the default', async () => {
  const home = await emptyFolder()
  const env = { P2PSTORE_HOME: home }
  expect((await resolveSettings({}, env)).scheme).toBe(undefined)
  await writeFile(join(home, 'config.toml'), '[put]\nscheme = "mirror:2"\n')
  expect((await resolveSettings({}, env)).scheme).toBe('mirror:2')
  expect((await resolveSettings({}, { ...env, P2PSTORE_SCHEME: 'mirror:3' })).scheme).toBe('mirror:3')
  expect((await resolveSettings({ scheme: 'rs:2+1' }, { ...env, P2PSTORE_SCHEME: 'mirror:3' })).scheme).toBe('rs:2+1')
})

test('every setting can stand in the file', async () => {
  const home = await emptyFolder()
  await writeFile(
    join(home, 'config.toml'),
    `json = true
quiet = true
log-level = "info"
bootstrap = ["/ip4/192.0.2.1/tcp/1/p2p/x"]
mdns = true
group = "home"
[node]
listen = ["/ip4/127.0.0.1/tcp/0"]
capacity = "10GiB"
domain = "rack-3"
region = "eu"
site = "attic"
rack = "shelf"
machine = "old-pc"
position = "52.52,-13.405"
tag = ["ssd", "quiet"]
store = "shards"
[put]
scheme = "rs:8+3"
acknowledge = "quorum"
durability = "memory"
shard-bytes = 4096
inline-bytes = "1KiB"
strategy = "nearest"
where = ["region=eu", "latency<50ms"]
`,
  )
  expect(await resolveSettings({ home }, {})).toEqual({
    home,
    json: true,
    quiet: true,
    logLevel: 'info',
    bootstrap: ['/ip4/192.0.2.1/tcp/1/p2p/x'],
    mdns: true,
    group: 'home',
    listen: ['/ip4/127.0.0.1/tcp/0'],
    capacity: 10 * 2 ** 30,
    domain: 'rack-3',
    region: 'eu',
    site: 'attic',
    rack: 'shelf',
    machine: 'old-pc',
    position: { latitude: 52.52, longitude: -13.405 },
    tag: ['ssd', 'quiet'],
    store: join(home, 'shards'),
    scheme: 'rs:8+3',
    acknowledge: 'quorum',
    durability: 'memory',
    shardBytes: 4096,
    inlineBytes: 1024,
    strategy: 'nearest',
    where: ['region=eu', 'latency<50ms'],
  })
})

test('every setting can stand in the environment, where nothing is the same as not set', async () => {
  const home = await emptyFolder()
  const env = {
    P2PSTORE_HOME: home,
    P2PSTORE_LISTEN: '/ip4/127.0.0.1/tcp/1, /ip4/127.0.0.1/tcp/2',
    P2PSTORE_SHARD_BYTES: '4KiB',
    P2PSTORE_MDNS: '1',
    P2PSTORE_STORE: 'shards',
    P2PSTORE_DOMAIN: '',
  }
  expect(await resolveSettings({}, env)).toMatchObject({
    listen: ['/ip4/127.0.0.1/tcp/1', '/ip4/127.0.0.1/tcp/2'],
    shardBytes: 4096,
    mdns: true,
    store: resolve('shards'),
    domain: undefined,
  })
})

test('the home has a place of its own on each platform unless it is set', async () => {
  expect((await resolveSettings({}, {})).home).toMatch(/p2pstore/)
  expect((await resolveSettings({ home: 'h' }, { P2PSTORE_HOME: 'e' })).home).toBe(resolve('h'))
  expect((await resolveSettings({}, { P2PSTORE_HOME: 'e' })).home).toBe(resolve('e'))
})

test.each([
  ['a key that is no setting', 'bootstap = []', /config\.toml: bootstap is not a setting/],
  ['a key in the wrong table', 'scheme = "rs:4+2"', /config\.toml: scheme is not a setting/],
  ['a table that is none', '[nodes]\nlisten = []', /config\.toml: nodes\.listen is not a setting/],
  ['a value of the wrong type', '[node]\ncapacity = true', /config\.toml: node\.capacity: true is not a text/],
  [
    'a value out of its range',
    '[put]\nacknowledge = "most"',
    /put\.acknowledge: "most" is not one of any, quorum, all/,
  ],
  ['what is no TOML', 'json = true\nquiet = maybe\n', /config\.toml, line 2: \S/],
])('%s in the file is told with its place', async (_, text, message) => {
  const home = await emptyFolder()
  await writeFile(join(home, 'config.toml'), text)
  await expect(resolveSettings({ home }, {})).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringMatching(message),
  })
})

test('a file that was named must be there and readable', async () => {
  const home = await emptyFolder()
  await mkdir(join(home, 'folder.toml'))
  for (const name of ['missing.toml', 'folder.toml']) {
    const config = join(home, name)
    for (const given of [
      () => resolveSettings({ home, config }, {}),
      () => resolveSettings({ home }, { P2PSTORE_CONFIG: config }),
    ]) {
      await expect(given()).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining(config) })
    }
  }
})

test('a value that makes no sense is told with the flag or variable it came from', async () => {
  const home = await emptyFolder()
  const message = (origin: string) => ({ code: 'USAGE', message: expect.stringContaining(`${origin}: `) })
  await expect(resolveSettings({ home, capacity: 'big' }, {})).rejects.toMatchObject(message('--capacity'))
  await expect(resolveSettings({ home }, { P2PSTORE_SHARD_BYTES: '-1' })).rejects.toMatchObject(
    message('P2PSTORE_SHARD_BYTES'),
  )
  for (const position of ['52', '52,13,1', '91,0', '0,181', 'north,east', '1e1,0', ',']) {
    await expect(resolveSettings({ home, position }, {})).rejects.toMatchObject(message('--position'))
  }
  for (const region of ['old europe', 'x'.repeat(129), 7]) {
    await expect(resolveSettings({ home, region }, {})).rejects.toMatchObject(message('--region'))
  }
  await expect(resolveSettings({ home }, { P2PSTORE_JSON: 'yes' })).rejects.toMatchObject(message('P2PSTORE_JSON'))
})
