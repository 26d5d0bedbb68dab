import fc from 'fast-check'
import { expect, test } from 'vitest'
import { assertSameNetwork, type Capability, formatCapability, parseCapability } from '../../src/object/capability.ts'

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const capability: fc.Arbitrary<Capability> = fc.oneof(
  fc.record({ kind: fc.constant('read' as const), network: bytes(8), secret: bytes(32) }),
  fc.record({ kind: fc.constant('verify' as const), network: bytes(8), objectId: bytes(16), root: bytes(32) }),
)

test('a capability survives being written and read, with white space around it', () => {
  fc.assert(
    fc.property(capability, (original) => {
      const parsed = parseCapability(` ${formatCapability(original)}\n`)
      expect(parsed.kind).toBe(original.kind)
      expect(formatCapability(parsed)).toBe(formatCapability(original))
    }),
  )
})

test('a truncated capability is refused', () => {
  fc.assert(
    fc.property(capability, fc.nat(), (original, seed) => {
      const text = formatCapability(original)
      const cut = text.slice(0, seed % text.length)
      expect(() => parseCapability(cut)).toThrow(expect.objectContaining({ code: 'CAPABILITY_INVALID' }))
    }),
  )
})

test('a capability with any one character altered is refused', () => {
  const text = formatCapability({
    kind: 'read',
    network: new Uint8Array(8).fill(7),
    secret: new Uint8Array(32).fill(9),
  })
  const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz0OIl_-'
  for (let at = 0; at < text.length; at += 1) {
    for (const character of alphabet) {
      if (character === text[at]) continue
      const altered = text.slice(0, at) + character + text.slice(at + 1)
      expect(() => parseCapability(altered), altered).toThrow(expect.objectContaining({ code: 'CAPABILITY_INVALID' }))
    }
  }
})

test('hostile texts are refused', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ maxLength: 300 }),
        fc.string().map((text) => `p2pstore_r1_${text}`),
      ),
      (text) => {
        expect(() => parseCapability(text)).toThrow(expect.objectContaining({ code: 'CAPABILITY_INVALID' }))
      },
    ),
  )
})

test('a capability of another network is refused before anything is asked', () => {
  const mine = new Uint8Array(16).fill(1)
  const read: Capability = { kind: 'read', network: mine.slice(0, 8), secret: new Uint8Array(32) }
  expect(() => assertSameNetwork(read, mine)).not.toThrow()
  expect(() => assertSameNetwork(read, new Uint8Array(16).fill(2))).toThrow(
    expect.objectContaining({ code: 'WRONG_NETWORK' }),
  )
})
