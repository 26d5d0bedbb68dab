/** A node that is asked to pass shards on: real nodes, and a network that is written out for what real ones don't do. */
import { crc32 } from 'node:zlib'
import { Uint8ArrayList } from 'uint8arraylist'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../src/clock/system-clock.ts'
import type { CodedError } from '../../src/coded-error.ts'
import { createIdentity } from '../../src/identity/identity.ts'
import { silentLogger } from '../../src/logger/silent-logger.ts'
import { certify } from '../../src/membership/authority.ts'
import type { Role } from '../../src/membership/role.ts'
import { MemoryNetwork } from '../../src/memory-network.ts'
import { parseRequest } from '../../src/messages/message.ts'
import { shardForward, shardPut } from '../../src/messages/shard-messages.ts'
import { shardId } from '../../src/object/shard-id.ts'
import { never } from '../../src/on-abort.ts'
import { Participant } from '../../src/participant.ts'
import { systemRandom } from '../../src/random/system-random.ts'
import { type ForwardingNetwork, forwardHandler } from '../../src/serve/serve-forward.ts'
import { member } from '../member.ts'

const bytes = new Uint8Array(1000).fill(7)
const write = {
  id: shardId(new Uint8Array(16), 'shard', 3, 1),
  run: new Uint8Array(16).fill(2),
  checksum: crc32(bytes),
  deleteAfterMs: 0,
  durability: 'durable' as const,
}

/** Nodes that know each other, and someone who asks them. */
async function scene(role: Role = 'client') {
  const network = new MemoryNetwork({})
  onTestFinished(() => network.close())
  for (let count = 0; count < 3; count += 1) await network.addNode()
  const [node, target] = network.nodes
  await node!.node.waitForNodes(3)
  const identity = createIdentity(systemRandom.bytes(32))
  const asker = new Participant(
    {
      identity,
      credential: certify(network.authority, identity.peerId, { role, expiresAtMs: 0 }),
      transport: network.hub.transport(identity.peerId),
      ...{ clock: systemClock, random: systemRandom, logger: silentLogger },
      bootstrap: network.nodes.map(({ identity }) => `/memory/p2p/${identity.peerId}`),
    },
    undefined,
  )
  onTestFinished(() => asker.stop())
  await asker.start()
  const forward = (to: string, head: object = write) =>
    asker.network.call(node!.identity.peerId, shardForward, { ...head, to } as never, { body: bytes, signal: never })
  return { network, node: node!, target: target!, asker, forward }
}

test('a shard that was passed on is on the node that was named, and on no other', async () => {
  const { node, target, network, forward } = await scene()
  const { head } = await forward(target.identity.peerId)
  const { holder, ...location } = head
  expect(holder).toBe(target.identity.peerId)
  expect(target.store.stat(write.id)).toMatchObject(location)
  expect(await target.store.get(write.id)).toEqual(bytes)
  const others = network.nodes.filter((other) => other !== target)
  expect(others.map(({ store }) => store.stat(write.id))).toEqual([undefined, undefined])
  expect(node.node.usage().liveBytes).toBe(0)
})

test('what the other node says comes back with its code, and says that it is from there', async () => {
  const { target, forward } = await scene()
  const to = target.identity.peerId
  await forward(to)
  await expect(forward(to, { ...write, run: new Uint8Array(16).fill(3) })).rejects.toMatchObject({
    code: 'SHARD_CONFLICT',
    message: expect.stringContaining(`passed on to ${to}`),
  })
  await expect(forward(to, { ...write, checksum: 1 })).rejects.toMatchObject({ code: 'CHECKSUM_MISMATCH' })
  const sibling = { ...write, id: shardId(new Uint8Array(16), 'shard', 3, 2), alone: true }
  await expect(forward(to, sibling)).rejects.toMatchObject({ code: 'STRIPE_HELD' })
})

test('nodes pass on only to other storage nodes that they know', async () => {
  const { node, asker, forward } = await scene()
  const stranger = createIdentity(systemRandom.bytes(32)).peerId
  for (const to of [node.identity.peerId, asker.network.selfId, stranger, 'nobody']) {
    await expect(forward(to)).rejects.toMatchObject({ code: 'FORWARD_REFUSED', retryable: false })
  }
  await expect(forward('')).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
})

test('a verifier has nothing passed on', async () => {
  const { target, forward } = await scene('verifier')
  await expect(forward(target.identity.peerId)).rejects.toMatchObject({ code: 'NOT_PERMITTED' })
  expect(target.store.stat(write.id)).toBeUndefined()
})

/** A node among others of which it is written out what they answer. */
function stage(call: (peerId: string, message: { method: string }, head: unknown) => Promise<unknown>) {
  const members = [member(0, 3), member(1, 3), member(2, 3, { availability: 'down' })]
  const network = { call, selfId: 'n0', storageMembers: () => members } as unknown as ForwardingNetwork
  const [, handle] = forwardHandler(network, silentLogger)
  const from = { peerId: 'writer', role: 'client' }
  return (to: string) =>
    handle({
      method: shardForward.method,
      head: { ...write, to },
      body: new Uint8ArrayList(bytes),
      from,
      signal: never,
    })
}

test('what goes on is an ordinary put, and a put names no further node', async () => {
  const sent: unknown[] = []
  const ask = stage(async (peerId, { method }, head) => {
    sent.push([peerId, method, head])
    return { head: {} }
  })
  await ask('n1')
  expect(sent).toEqual([['n1', shardPut.method, write]])
  expect(() => parseRequest(shardPut, { ...write, to: 'n2' })).toThrow(
    expect.objectContaining({ code: 'REQUEST_INVALID' }),
  )
})

test('what is down is not tried, and a fault of this node is its own', async () => {
  const fault = new TypeError('a fault of this node')
  const ask = stage(() => Promise.reject(fault))
  await expect(ask('n2')).rejects.toMatchObject({ code: 'PEER_UNREACHABLE', retryable: true })
  await expect(ask('n1')).rejects.toBe(fault)
})

test('only so many are under way at once', async () => {
  const waiting: (() => void)[] = []
  const ask = stage(() => new Promise((resolve) => waiting.push(() => resolve({ head: {} }))))
  const outcomes = Array.from({ length: 8 }, () =>
    ask('n1').then(
      () => 'stored',
      (error: CodedError) => error.code,
    ),
  )
  expect(waiting).toHaveLength(6)
  for (const answer of waiting.splice(0)) answer()
  expect((await Promise.all(outcomes)).sort()).toEqual([...Array(2).fill('OVERLOADED'), ...Array(6).fill('stored')])
  const again = ask('n1')
  waiting.pop()!()
  await expect(again).resolves.toEqual({ head: { holder: 'n1' } })
})
