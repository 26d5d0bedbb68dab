import { spawnSync } from 'node:child_process'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { createMemoryNetwork } from '@p2pstore/node/memory'
import { expect, test } from 'vitest'
import { describeFailure, formatFailure } from '../src/failure.ts'
import { openSource } from '../src/source-file.ts'
import { writeWholeFile } from '../src/whole-file.ts'
import { captured } from './captured-run.ts'
import { emptyFolder } from './folder.ts'

const oneLine = /^p2pstore: [^\n]+ \[[A-Z_]+\]\n$/

test.each([
  [[], /name a command/],
  [['frobnicate'], /unknown command 'frobnicate'/],
  [['put'], /missing required argument 'file'/],
  [['put', 'a', 'b'], /too many arguments/],
  [['put', 'a', '--frob'], /unknown option '--frob'/],
  [['put', 'a', '--acknowledge', 'most'], /Allowed choices are any, quorum, all/],
  [['put', 'a', '--delete-after', 'soon'], /"soon" is not a duration/],
  [['put', 'a', '--shard-bytes', 'many'], /--shard-bytes: "many" is not a size/],
  [['get', 'a', '--range', '9-5'], /"9-5" is not a range/],
  [['get'], /or set P2PSTORE_CAPABILITY/],
  [['join'], /or set P2PSTORE_INVITE/],
  [['up'], /--dir <folder>' not specified/],
  [['up', '--dir', 'd', '--nodes', '0'], /--nodes: "0" is not a whole number in 1 … 64/],
  [['bench'], /name a command/],
  [['bench', 'network'], /unknown command 'network'/],
  [['completion', 'tcsh'], /Allowed choices are bash, zsh, fish/],
])('%j is refused in one line', async (args, message) => {
  const home = await emptyFolder()
  const { status, stdout, stderr } = await captured(args, { env: { P2PSTORE_HOME: home } })
  expect({ status, stdout: stdout.length }).toEqual({ status: 2, stdout: 0 })
  expect(stderr).toMatch(oneLine)
  expect(stderr).toMatch(/\[USAGE\]\n$/)
  expect(stderr).toMatch(message)
  expect(await readdir(home)).toEqual([])
})

test.each(['get', 'stat', 'verify', 'repair', 'rm', 'join'])('%s refuses a secret that was typed', async (verb) => {
  const home = await emptyFolder()
  const secret = verb === 'join' ? 'p2pstore_invite1_2NEpo7TZRRrLZSi2U' : 'p2pstore_r1_2NEpo7TZRRrLZSi2U'
  const { status, stderr } = await captured([verb, secret], { env: { P2PSTORE_HOME: home } })
  expect(status).toBe(2)
  expect(stderr).toMatch(oneLine)
  expect(stderr).toContain('[SECRET_IN_ARGUMENTS]')
  expect(stderr).not.toContain(secret)
})

test('with --json an error is JSON', async () => {
  const { stderr } = await captured(['frobnicate', '--json'])
  expect(JSON.parse(stderr)).toEqual({ error: { code: 'USAGE', message: "unknown command 'frobnicate'" } })
})

test('where an error comes from is shown only when debugging', async () => {
  const home = await emptyFolder()
  expect((await captured(['status', '--home', home])).stderr).toMatch(oneLine)
  const { stderr } = await captured(['status', '--home', home, '--log-level', 'debug'])
  expect(stderr).toMatch(/\[HOME_MISSING\]\nHomeError: .*\n +at /)
})

test('a configuration that makes no sense is told by every command', async () => {
  const home = await emptyFolder()
  await writeFile(join(home, 'config.toml'), 'listen = 3')
  const { status, stderr } = await captured(['status', '--home', home])
  expect(status).toBe(2)
  expect(stderr).toBe(`p2pstore: ${join(home, 'config.toml')}: listen is not a setting [CONFIG_INVALID]\n`)
})

test('help lists every command and goes to standard output', async () => {
  const { status, stdout, stderr } = await captured(['--help'])
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  const verbs = [
    ...['up', 'init', 'node', 'invite', 'id', 'join', 'status', 'peers', 'links', 'members', 'revoke', 'rotate'],
    ...['put', 'get', 'stat', 'verify', 'repair', 'rm', 'bench', 'version', 'completion'],
  ]
  for (const verb of verbs) expect(stdout.toString()).toMatch(new RegExp(`^ {2}${verb} `, 'm'))
})

test('version prints the version of the package', async () => {
  const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'))
  expect((await captured(['version'])).stdout.toString()).toBe(`p2pstore ${version}\n`)
  expect(JSON.parse((await captured(['version', '--json'])).stdout.toString())).toMatchObject({ version })
})

test.each(['bash', 'zsh', 'fish'])('the completion for %s knows verbs and their options', async (shell) => {
  const { status, stdout } = await captured(['completion', shell])
  expect(status).toBe(0)
  for (const word of ['verify', 'acknowledge', 'range', 'log-level', 'schemes', 'nodes-up', 'baseline'])
    expect(stdout.toString()).toContain(word)
})

test.runIf(process.platform !== 'win32')('bash takes its completion', async () => {
  const { stdout } = await captured(['completion', 'bash'])
  const completed = (...words: readonly string[]): string => {
    const typed = `COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; _p2pstore; echo "\${COMPREPLY[@]}"`
    const bash = spawnSync('bash', ['-c', `${stdout}\n${typed}`], { encoding: 'utf8' })
    expect(bash.stderr).toBe('')
    return bash.stdout.trim()
  }
  expect(completed('p2pstore', 've')).toBe('verify version')
  expect(completed('p2pstore', 'put', '--s')).toBe('--scheme --strategy --shard-bytes --save')
  expect(completed('p2pstore', 'put', 'f')).toBe('')
  expect(completed('p2pstore', 'bench', 's')).toBe('schemes')
  expect(completed('p2pstore', 'bench', 'codec', '--ba')).toBe('--baseline')
  expect(completed('p2pstore', 'bench', 'codec', 's')).toBe('')
})

test('what is no home is told', async () => {
  const home = await emptyFolder()
  for (const args of [['status'], ['node'], ['invite']]) {
    const { status, stderr } = await captured([...args, '--home', home])
    expect(status).toBe(2)
    expect(stderr).toMatch(/is not the home of a member.*\[HOME_MISSING\]\n$/)
  }
})

test('a network is founded once, and an invite makes one other home a member', async () => {
  const folder = await emptyFolder()
  const home = ['--home', join(folder, 'a')]
  const founded = await captured(['init', '--json', ...home])
  expect(founded).toMatchObject({ status: 0, stderr: '' })
  const { networkId } = JSON.parse(founded.stdout.toString())
  expect(await captured(['init', ...home])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('[HOME_EXISTS]'),
  })
  expect(await captured(['invite', ...home])).toMatchObject({ status: 2, stderr: expect.stringMatching(/no address/) })

  const { peerId } = JSON.parse(founded.stdout.toString())
  const bootstrap = `/ip4/192.0.2.1/tcp/7420/p2p/${peerId}`
  const invite = await captured(['invite', ...home, '--bootstrap', bootstrap, '--role', 'client', '--expires', '30d'])
  expect(invite.stdout.toString()).toMatch(/^p2pstore_invite1_\w+\n$/)
  expect(invite.stderr).toMatch(/^For a client member until 20\d\d-/)
  const joined = await captured(['join', '-', '--home', join(folder, 'b'), '--json'], { stdin: invite.stdout })
  expect(JSON.parse(joined.stdout.toString())).toMatchObject({ networkId })
  expect(await captured(['invite', '--home', join(folder, 'b')])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('[AUTHORITY_MISSING]'),
  })
})

test.each([
  ['truncated', (text: string) => text.slice(0, -5)],
  ['altered', (text: string) => text.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a'))],
  ['foreign', () => 'hello'],
  ['empty', () => ''],
])('an invite that is %s makes no home', async (_, change) => {
  const folder = await emptyFolder()
  await captured(['init', '--home', join(folder, 'a')])
  const address = '/ip4/192.0.2.1/tcp/7420/p2p/12D3KooWGkLwmuZNifTxReL5h8EG8GytjLEsgys3gZnDeonLQ2xJ'
  const invite = await captured(['invite', '--home', join(folder, 'a'), '--bootstrap', address, '--quiet'])
  expect(invite).toMatchObject({ status: 0, stderr: '' })
  const file = join(folder, 'invite')
  await writeFile(file, change(invite.stdout.toString().trim()))
  const joined = await captured(['join', file, '--home', join(folder, 'b')])
  expect(joined).toMatchObject({ status: 2, stderr: expect.stringMatching(/\[INVITE_INVALID\]\n$/) })
  expect(await readdir(folder)).toEqual(expect.not.arrayContaining(['b']))
})

test('without a node that answers, the network is unreachable', async () => {
  const home = await emptyFolder()
  await captured(['init', '--home', home])
  const { status, stdout, stderr } = await captured(['put', '-', '--home', home], { stdin: 'data' })
  expect({ status, stdout: stdout.length }).toEqual({ status: 5, stdout: 0 })
  expect(stderr).toMatch(/^p2pstore: .*\[NETWORK_UNREACHABLE\]\n$/)
})

test('a file that changes while it is read is not stored as if it were whole', async () => {
  const folder = await emptyFolder()
  const path = join(folder, 'file')
  await writeFile(path, Buffer.alloc(5_000_000))
  await using source = await openSource(path, Readable.from([]))
  expect(source.sizeBytes).toBe(5_000_000)
  await writeFile(path, Buffer.alloc(2_000_000))
  await using network = await createMemoryNetwork()
  const client = await network.addClient()
  await expect(client.put(source.bytes)).rejects.toMatchObject({
    code: 'SOURCE_FAILED',
    message: expect.stringContaining('it had 5000000 bytes and gave 2000000'),
  })
})

test.each(['missing', 'folder'])('a %s can not be stored', async (name) => {
  const folder = await emptyFolder()
  await mkdir(join(folder, 'folder'))
  await expect(openSource(join(folder, name), Readable.from([]))).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
})

test('a file is written whole or not at all', async () => {
  const folder = await emptyFolder()
  const path = join(folder, 'file')
  const write = (pieces: AsyncIterable<Uint8Array>, replace = false) => writeWholeFile(path, pieces, { replace })
  await expect(write(failing())).rejects.toThrow('midway')
  expect(await readdir(folder)).toEqual([])
  await write(bytes('old'))
  await expect(write(bytes('new'))).rejects.toMatchObject({ code: 'FILE_EXISTS' })
  await expect(write(failing(), true)).rejects.toThrow('midway')
  expect(await readFile(path, 'utf8')).toBe('old')
  await write(bytes('new'), true)
  expect(await readFile(path, 'utf8')).toBe('new')
  expect(await readdir(folder)).toEqual(['file'])
})

test('a reader of standard output that goes away ends the command in one line', async () => {
  const gone = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })
  const failure = describeFailure(gone, new AbortController().signal)
  expect(formatFailure(failure, { json: false })).toBe('p2pstore: the reader of standard output has gone [EPIPE]')
})

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

async function* failing(): AsyncGenerator<Uint8Array> {
  yield Buffer.alloc(100_000)
  throw new Error('midway')
}
