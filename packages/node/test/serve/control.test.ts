import { Uint8ArrayList } from 'uint8arraylist'
import { expect, test } from 'vitest'
import { LocalControl } from '../../src/control/local-control.ts'
import { createIdentity } from '../../src/identity/identity.ts'
import { certify } from '../../src/membership/authority.ts'
import { encodeCredential } from '../../src/membership/certificate.ts'
import { RollDoorman } from '../../src/membership/doorman.ts'
import { acceptInvite, createInvite, openSession } from '../../src/membership/invite.ts'
import { Roll } from '../../src/membership/roll.ts'
import type { Member } from '../../src/protocol/doorman.ts'
import { Scrub } from '../../src/scrub/scrub.ts'
import { controlHandlers } from '../../src/serve/serve-control.ts'
import { ManualClock } from '../store/manual-clock.ts'
import { Seeded } from '../store/seeded.ts'
import { UnitsMachine } from '../store/units-fixture.ts'

const [authority, node, session, other] = [1, 2, 3, 4].map((seed) => createIdentity(new Uint8Array(32).fill(seed)))
if (!authority || !node || !session || !other) throw new Error('unreachable')
const storage = { role: 'storage', expiresAtMs: 0 } as const
const ruler = { key: authority, founder: authority.peerId, succession: [] }
const credential = certify(ruler, node.peerId, storage)
const roll = new Roll(authority.peerId)
const doorman = new RollDoorman({ identity: node, credential, roll, clock: new ManualClock() })

test('a doorman knows whose key certified a member', () => {
  const ofSession = openSession(credential, node, session.peerId)
  expect(doorman.admit(session.peerId, encodeCredential(ofSession))).toMatchObject({ certifiedBy: node.peerId })
  expect(doorman.admit(node.peerId, encodeCredential(credential))).toMatchObject({ certifiedBy: authority.peerId })
  const invite = createInvite(ruler, new Uint8Array(32).fill(9), { ...storage, uses: 0 }, [])
  const invited = acceptInvite(invite, other.peerId)
  const { certifiedBy } = doorman.admit(other.peerId, encodeCredential(invited))
  expect([authority.peerId, node.peerId, other.peerId]).not.toContain(certifiedBy)
})

test.each(['unit.list', 'unit.add', 'unit.remove', 'unit.resize', 'node.drain', 'scrub.show', 'scrub.hurry'])(
  '%s is for clients of the node’s own home',
  async (method) => {
    const { ask, machine } = await running()
    const strangers: Member[] = [
      { peerId: other.peerId, role: 'storage' },
      { peerId: other.peerId, role: 'storage', certifiedBy: authority.peerId },
      { peerId: authority.peerId, role: 'storage', certifiedBy: other.peerId },
    ]
    for (const from of strangers) await expect(ask(method, {}, from)).rejects.toMatchObject({ code: 'NOT_PERMITTED' })
    const bad = { name: '', place: { kind: 'tape', path: '' }, capacityBytes: -1, abandon: 1 }
    await expect(ask(method, bad)).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
    await machine.units.close()
  },
)

test('a client of the home lists, adds, resizes and removes units', async () => {
  const { ask, machine } = await running()
  expect(await ask('unit.list', {})).toMatchObject({ units: [{ place: 'a', state: 'active' }] })
  const place = { kind: 'directory', path: 'b' }
  const { unit } = (await ask('unit.add', { place, capacityBytes: 1 << 22 })) as { unit: { name: string } }
  expect(unit).toMatchObject({ place: 'b', capacityBytes: 1 << 22 })
  expect(await ask('unit.resize', { name: unit.name, capacityBytes: 1 << 23 })).toMatchObject({
    unit: { capacityBytes: 1 << 23 },
  })
  expect(await ask('unit.remove', { name: unit.name, abandon: false, out: false })).toBeUndefined()
  await expect.poll(() => ask('unit.list', {})).toMatchObject({ units: [{ place: 'a' }] })
  await machine.units.close()
})

test('a client of the home sees the scrub, and hurries it', async () => {
  const { ask, machine } = await running()
  expect(await ask('scrub.show', {})).toMatchObject({ progress: 0, isHurried: false, damaged: [], damagedShards: 0 })
  expect(await ask('scrub.hurry', {})).toMatchObject({ progress: 0, isHurried: true })
  await machine.units.close()
})

async function running() {
  const machine = new UnitsMachine(['a'], 8 << 20)
  await machine.open()
  const { units, clock, log: logger } = machine
  const random = new Seeded(1)
  const scrub = new Scrub({
    store: units,
    clock,
    random,
    logger,
    periodMs: 1e9,
    state: undefined,
    save: async () => {},
  })
  const handlers = controlHandlers(new LocalControl({ units, scrub }), node!.peerId)
  const certified = { peerId: session!.peerId, role: 'client', certifiedBy: node!.peerId }
  const ask = async (method: string, head: unknown, from: Member = certified): Promise<unknown> => {
    const { signal } = new AbortController()
    return (await handlers.get(method)!({ method, head, body: new Uint8ArrayList(), from, signal })).head
  }
  return { ask, machine }
}
