/**
 * Everything that reads what peers send, given spoiled messages: it takes them or refuses them with its own error, and does
 * nothing else. The targets are made from the lists of kinds and messages, so that a new one can't be forgotten.
 */
import { expect, test } from 'vitest'
import { CodedError } from '../../src/coded-error.ts'
import { allMessages } from '../../src/messages/all-messages.ts'
import { seededRandom } from '../../src/random/seeded-random.ts'
import { examples } from './examples.ts'
import { type Target, targets } from './targets.ts'

const { P2PSTORE_FUZZ = '30000', P2PSTORE_FUZZ_SEED = String(Math.floor(Math.random() * 2 ** 32)) } = process.env
const cases = Math.ceil(Number(P2PSTORE_FUZZ) / targets.length)
const seed = Number(P2PSTORE_FUZZ_SEED)

test('every message has an example, and every example a message', () => {
  expect(Object.keys(examples).sort()).toEqual(allMessages.map(({ method }) => method).sort())
})

test.each(targets)('$name: what is right is taken', ({ read, example }) => {
  expect(() => read(example)).not.toThrow()
})

test.each(targets)(
  `$name: ${cases} spoiled ones do no harm`,
  (target) => {
    const random = seededRandom(seed)
    let refused = 0
    for (let index = 0; index < cases; index += 1) {
      const bytes = target.mutate(target.example, random)
      if (isRefused(target, bytes, `P2PSTORE_FUZZ_SEED=${seed}, case ${index}`)) refused += 1
    }
    expect(refused > 0 || target.codes.length === 0).toBe(true)
  },
  1_800_000,
)

function isRefused({ read, codes }: Target, bytes: Uint8Array, name: string): boolean {
  try {
    read(bytes)
    return false
  } catch (error) {
    if (error instanceof CodedError && codes.includes(error.code)) return true
    throw new Error(`${name}: ${Buffer.from(bytes).toString('hex').slice(0, 2_000)}`, { cause: error })
  }
}
