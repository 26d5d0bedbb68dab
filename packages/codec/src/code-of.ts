import { canTransform, fourierRecipe, isTransformShorter } from './fourier-steps.ts'
import { gridCode } from './grid.ts'
import { type LinearCode, singleGroupCode } from './linear-code.ts'
import { localCode } from './local.ts'
import { matrix } from './matrix.ts'
import { preparedRecipe } from './prepared-recipe.ts'
import { cauchyParity, vandermondeParity } from './reed-solomon.ts'
import type { Scheme } from './scheme.ts'
import { checkScheme } from './scheme-text.ts'

/**
 * The linear code a scheme stands for.
 * @throws CodecError SCHEME_INVALID
 */
export function codeOf(scheme: Scheme): LinearCode {
  checkScheme(scheme)
  switch (scheme.kind) {
    case 'mirror':
      return singleGroupCode(
        matrix(scheme.copies - 1, 1, () => 1),
        'byte',
      )
    case 'xor':
      return singleGroupCode(
        matrix(1, scheme.dataShards, () => 1),
        'byte',
      )
    case 'rs':
      return scheme.matrix === 'cauchy'
        ? slottedCode(scheme.dataShards, scheme.parityShards)
        : singleGroupCode(vandermondeParity(scheme.dataShards, scheme.parityShards), 'byte')
    case 'grid':
    case 'lines':
      return gridCode(scheme.sides, scheme.kind)
    case 'local':
      return localCode(scheme.dataShards, scheme.groups, scheme.globalParities)
  }
}

function slottedCode(dataShards: number, parityShards: number): LinearCode {
  const code = singleGroupCode(cauchyParity(dataShards, parityShards), 'bits')
  const transforms = canTransform(dataShards, parityShards) && isTransformShorter(dataShards, parityShards)
  const encoding = transforms ? fourierRecipe(dataShards, parityShards) : preparedRecipe(dataShards, parityShards)
  return encoding ? { ...code, encoding } : code
}
