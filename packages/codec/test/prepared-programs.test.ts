import { describe, expect, it } from 'vitest'
import { shuffledProgram } from '../assembly/prepare.ts'
import { preparedPrograms } from '../src/generated/prepared-programs.ts'
import { packProgram, unpackProgram } from '../src/packed-program.ts'
import { preparedRecipe } from '../src/prepared-recipe.ts'
import { scheduleOf } from '../src/xor-schedule.ts'

const entries = Object.entries(preparedPrograms)

describe('prepared programs', () => {
  it.each(entries)('%s is what its seed leads to', (group, { seed, program }) => {
    const [dataShards, parityShards] = group.split('+').map(Number)
    expect(packProgram(shuffledProgram(dataShards!, parityShards!, seed))).toBe(program)
  })

  it.each(entries)('%s takes as many XORs as it says', (_, { program, xors }) => {
    expect(scheduleOf(unpackProgram(program)).xors).toBe(xors)
  })

  it('are small together', () => {
    expect(JSON.stringify(entries).length).toBeLessThan(16_384)
  })

  it('survive packing', () => {
    const program = {
      planes: 8,
      inputs: 300,
      pairs: [
        [0, 299],
        [128, 16_384],
      ],
      outputs: [[], [300, 301]],
    } as const
    expect(unpackProgram(packProgram(program))).toEqual(program)
  })

  it('are for the groups listed only', () => {
    expect(preparedRecipe(10, 4)?.isPrepared).toBe(true)
    expect(preparedRecipe(11, 4)).toBeUndefined()
    expect(preparedRecipe(0, 0)).toBeUndefined()
  })
})
