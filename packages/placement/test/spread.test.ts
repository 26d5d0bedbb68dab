import fc from 'fast-check'
import { expect, test } from 'vitest'
import { domainFailuresSurvived } from '../src/spread.ts'

/** Tries every set of domains. */
function survivedNaively(domains: string[], lossesSurvived: number): number {
  const names = [...new Set(domains)]
  for (let failures = 1; failures <= names.length; failures++) {
    for (let set = 0; set < 2 ** names.length; set++) {
      const failed = names.filter((_, i) => (set >> i) & 1)
      const lost = domains.filter((domain) => failed.includes(domain)).length
      if (failed.length === failures && lost > lossesSurvived) return failures - 1
    }
  }
  return names.length
}

test('is what trying every set of failing domains gives', () => {
  const domains = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { maxLength: 12 })
  fc.assert(
    fc.property(domains, fc.integer({ min: 0, max: 12 }), (list, lossesSurvived) => {
      expect(domainFailuresSurvived(list, lossesSurvived)).toBe(survivedNaively(list, lossesSurvived))
    }),
  )
})
