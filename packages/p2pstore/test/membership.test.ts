/**
 * Who may be in a network, on one of real processes: invites of all kinds, members, revocation and rotation. The tests tell
 * one story: they share the network and run in order.
 */
import { mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { captured, type Ran } from './captured-run.ts'
import { UpProcess } from './up-process.ts'

let folder: string
let network: UpProcess
const place = (name: string): string => join(folder, name)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'p2pstore-'))
  network = await UpProcess.start(place('net'), 3)
})

afterAll(async () => {
  await network?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

const at = (home: string, ...args: string[]): Promise<Ran> => captured([...args, '--home', place(home)])

/** The result of a command at the first node's home, with --json. */
async function json(...args: string[]) {
  const { status, stdout, stderr } = await network.run([...args, '--json'])
  return { status, stderr, ...JSON.parse(stdout.toString()) }
}

async function joinAs(home: string, ...flags: string[]): Promise<string> {
  const { invite, id } = await json('invite', ...flags)
  const joined = await captured(['join', '-', '--home', place(home)], { stdin: invite })
  expect(joined).toMatchObject({ status: 0 })
  return id
}

/** Nobody but the home's own node has anything to do with it. */
async function expectRevoked(home: string): Promise<void> {
  for (const command of [['put', '-', '--scheme', 'mirror:2'], ['status'], ['node']]) {
    const ran = await captured([...command, '--home', home], { stdin: 'bytes' })
    expect(ran).toMatchObject({ status: 1, stderr: expect.stringContaining('[MEMBERSHIP_REVOKED]') })
  }
}

interface Listed {
  readonly peerId: string
  readonly role?: string
  readonly state: string
  readonly domain?: string
  readonly invitedBy?: string
}

async function members(): Promise<Listed[]> {
  return (await json('members')).members
}

test('members lists all of them', async () => {
  await expect.poll(async () => (await members()).length, { timeout: 30_000 }).toBe(3)
  const { stdout } = await network.run(['members'])
  expect(stdout.toString()).toMatch(
    /^PEER +ROLE +STATE +DOMAIN +UNTIL +INVITED BY\n(12D3\w+ +storage +up +always +12D3\w+\n){3}3 members, 0 revoked\n$/,
  )
})

test('an invite gives role and domain, which members sees', async () => {
  const id = await joinAs('reader', '--role', 'verifier', '--domain', 'desk', '--expires', '30d')
  expect((await at('reader', 'status')).status).toBe(0)
  const peerId = (await at('reader', 'id')).stdout.toString().trim()
  await expect
    .poll(async () => (await members()).find((member) => member.peerId === peerId), { timeout: 30_000 })
    .toMatchObject({ role: 'verifier', domain: 'desk', state: 'unseen', invitedBy: id })
})

test('a member that may not store for others runs no node, and a verifier stores nothing', async () => {
  expect(await at('reader', 'node')).toMatchObject({ status: 1, stderr: expect.stringContaining('[NOT_PERMITTED]') })
  const put = await captured(['put', '-', '--scheme', 'mirror:2', '--home', place('reader')], { stdin: 'bytes' })
  expect(put).toMatchObject({ status: 5, stderr: expect.stringContaining('[TOO_FEW_NODES]') })
})

test('an invite that is bound to a peer is good for that one only', async () => {
  const peerId = (await at('bound', 'id')).stdout.toString().trim()
  expect((await at('bound', 'id')).stdout.toString().trim()).toBe(peerId)
  const { invite } = await json('invite', '--for', peerId, '--role', 'client')
  expect(await captured(['join', '-', '--home', place('thief')], { stdin: invite })).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('[NOT_A_MEMBER]'),
  })
  expect(await captured(['join', '-', '--home', place('bound')], { stdin: invite })).toMatchObject({ status: 0 })
  expect((await at('bound', 'status')).status).toBe(0)
})

test('an invite for one is used up by one', async () => {
  const { invite } = await json('invite', '--uses', '1', '--role', 'client')
  for (const home of ['first', 'second']) await captured(['join', '-', '--home', place(home)], { stdin: invite })
  expect((await at('first', 'status')).status).toBe(0)
  await network.run(['status'])
  await expect.poll(async () => (await at('second', 'status')).stderr, { timeout: 30_000 }).toContain('used up')
})

test('invites that make no sense are refused', async () => {
  for (const flags of [
    ['--uses', 'some'],
    ['--uses', '-1'],
    ['--for', 'me'],
    ['--role', 'king'],
    ['--domain', 'two words'],
  ]) {
    expect(await network.run(['invite', ...flags])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('[USAGE]'),
    })
  }
})

test('a revoked invite puts out all who came by it, a revoked node leaves the list', async () => {
  const id = await joinAs('guest', '--role', 'client')
  expect((await at('guest', 'status')).status).toBe(0)
  expect(await json('revoke', id)).toMatchObject({ status: 0, revoked: id, told: 3, members: 3 })
  expect((await at('guest', 'status')).stderr).toContain('[MEMBERSHIP_REVOKED]')
  const last = network.nodes[2]!.peerId
  expect(await json('revoke', last)).toMatchObject({ status: 0, told: 2, members: 2 })
  expect((await json('status')).members.map(({ peerId }: Listed) => peerId)).not.toContain(last)
  expect((await members()).find(({ peerId }) => peerId === last)).toMatchObject({ state: 'revoked' })
  await expectRevoked(network.nodes[2]!.home)
})

test('only the authority revokes, and nobody himself', async () => {
  const [first, second] = network.nodes
  const byOther = await captured(['revoke', first!.peerId, '--home', second!.home])
  expect(byOther).toMatchObject({ status: 2, stderr: expect.stringContaining('[AUTHORITY_MISSING]') })
  const usurper = ['revoke', first!.peerId, '--home', second!.home, '--authority', join(second!.home, 'identity.key')]
  expect(await captured(usurper)).toMatchObject({ status: 1, stderr: expect.stringContaining('[NOT_A_MEMBER]') })
  expect((await network.run(['revoke', first!.peerId])).stderr).toContain('[USAGE]')
  expect((await network.run(['revoke', 'nobody'])).stderr).toContain('[USAGE]')
})

test('the authority rotates: its key is kept elsewhere, members notice nothing, the old key rules no more', async () => {
  const { home } = network.nodes[0]!
  await rename(join(home, 'authority.key'), place('old.key'))
  expect((await network.run(['rotate'])).stderr).toContain('[AUTHORITY_MISSING]')
  const rotated = await json('rotate', '--authority', place('old.key'), '--out', place('new.key'))
  expect(rotated).toMatchObject({ status: 0, told: 2, members: 2 })
  expect(rotated.renewed).toBeGreaterThanOrEqual(5)
  if (process.platform !== 'win32') expect((await stat(place('new.key'))).mode & 0o777).toBe(0o600)
  expect(await readdir(home)).not.toContain('authority.key')
  expect((await network.run(['invite', '--authority', place('old.key')])).stderr).toContain('[AUTHORITY_RETIRED]')
  await joinAs('later', '--role', 'client', '--authority', place('new.key'))
  for (const name of ['later', 'reader', 'bound']) expect((await at(name, 'status')).status).toBe(0)
})

test('all of it survives a restart, and the loss of what one node knew of it', async () => {
  const [first, second, last] = network.nodes
  await network.stop()
  await rm(join(second!.home, 'roll.cbor'))
  network = await UpProcess.start(place('net'))
  await expectRevoked(last!.home)
  expect((await at('guest', 'status')).stderr).toContain('[MEMBERSHIP_REVOKED]')
  const { members: nodes } = await json('status')
  expect(nodes.map(({ peerId }: Listed) => peerId)).toEqual(
    expect.arrayContaining([first!.peerId, network.nodes[1]!.peerId]),
  )
  expect(nodes).toHaveLength(2)
  const known = async (): Promise<readonly Listed[]> => {
    const { stdout } = await captured(['members', '--json', '--home', second!.home])
    return JSON.parse(stdout.toString()).members
  }
  const isRevokedThere = async () => (await known()).find(({ peerId }) => peerId === last!.peerId)?.state
  await expect.poll(isRevokedThere, { timeout: 30_000 }).toBe('revoked')
  expect((await known()).filter(({ state }) => state === 'up')).toHaveLength(2)
  expect((await network.run(['invite', '--authority', place('old.key')])).stderr).toContain('[AUTHORITY_RETIRED]')
})
