import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LocalHealth } from '../src/local-health.ts'

test('patience grows with what fails, shrinks with what succeeds, within 1 … 9', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 40 }), (story) => {
      const health = new LocalHealth()
      let expected = 1
      for (const isGood of story) {
        if (isGood) health.good()
        else health.bad()
        expected = Math.min(9, Math.max(1, expected + (isGood ? -1 : 1)))
        expect(health.patience).toBe(expected)
      }
    }),
  )
})
