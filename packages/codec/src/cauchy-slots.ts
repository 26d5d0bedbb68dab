/**
 * The constants of the slotted Cauchy matrix (see reed-solomon.ts). They are part of the recorded form of every scheme that
 * uses it and never change. Found by choosing, in turn, the points with the fewest ones in the bit matrices of parity rows 1
 * and 2, and for each row the factor with the fewest ones over the first twelve points, until neither changed.
 */
const points = [
  '0b433aa04058bb599f0a625c666353e48db9c7c8d00e165b4a515eda0920f087',
  '94b2b8e112b4cacc6c86e0f60c1517499da1d32b32445f688b92b6f413525564',
  '7bc0c9ced2d6dbe8194f9697a5a74d54616ad13d4e7083a9aec105086e7de304',
  '0d4277888c8eb0bac6ecf2f71d2f35565d69731f393b65809198afd8e2ef242c',
  '57829099b1cb061e2e4b9b9ca8c5ea262d3347676d818485a2bddfee222a506f',
  '9eaddcf57f9aa4abc3d9e9232531484ca6aaacbfc4cddee60714181a28306b74',
  '7e898ac2e5f31b3e467c033c6071727a8f95b7bcbecf3478383f4175d43693a3',
  'b3d5ddedf100275ab521370f1079d729e7eb0245761c1101f8f9fafbfcfdfeff',
].join('')

/** The field's 256 elements: data slots take them from the front, parity slots from the back. */
export const slotPoints: readonly number[] = Array.from({ length: 256 }, (_, slot) =>
  Number.parseInt(points.slice(2 * slot, 2 * slot + 2), 16),
)

/** What the first parity rows are multiplied with; later rows are taken as they are. */
export const sparseFactors: readonly number[] = [0x01, 0x02, 0x36, 0x0e, 0xbf, 0x42, 0x9c, 0x36]
