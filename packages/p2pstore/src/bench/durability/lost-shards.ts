/**
 * Whether a set of lost shards can be decoded, for many sets that differ by one shard.
 *
 * The check equations say that the columns of the check matrix, each times its shard, add up to zero. Lost shards are
 * determined exactly when their columns are linearly independent: otherwise some other content of them satisfies all
 * equations as well. So lost shards are kept as a basis in echelon form, to which one column at a time is added, and from
 * which the last is taken away again.
 */
import type { LinearCode } from '@p2pstore/codec'
import type { Field } from './field.ts'

export class LostShards {
  readonly #columns: readonly Uint8Array[]
  readonly #field: Field
  readonly #inverses: Uint8Array
  /** Each is one at its pivot; only the first `#count` are in use. */
  readonly #basis: Uint8Array[] = []
  readonly #pivots: number[] = []
  #count = 0

  constructor(code: LinearCode, field: Field) {
    this.#columns = checkColumns(code)
    this.#field = field
    this.#inverses = Uint8Array.from(field, (products) => Math.max(products.indexOf(1), 0))
  }

  get count(): number {
    return this.#count
  }

  /** Loses another shard. False, and nothing changed, when it and those lost already could not all be decoded. */
  add(shard: number): boolean {
    const depth = this.#count
    this.#basis[depth] ??= new Uint8Array(this.#columns[0]!.length)
    const rest = this.#basis[depth]
    rest.set(this.#columns[shard]!)
    for (let index = 0; index < depth; index++) {
      const factor = rest[this.#pivots[index]!]!
      if (factor !== 0) addMultiple(rest, this.#field[factor]!, this.#basis[index]!)
    }
    const pivot = rest.findIndex((element) => element !== 0)
    if (pivot === -1) return false
    const scaling = this.#field[this.#inverses[rest[pivot]!]!]!
    for (let row = 0; row < rest.length; row++) rest[row] = scaling[rest[row]!]!
    this.#pivots[depth] = pivot
    this.#count++
    return true
  }

  /** Brings shards back, the last one lost first, until so many are lost. */
  keep(count: number): void {
    this.#count = Math.min(this.#count, count)
  }
}

/** The check matrix by columns: parity matrix beside the identity. */
function checkColumns({ parity, totalShards }: LinearCode): Uint8Array[] {
  const { rows, columns, cells } = parity
  return Array.from({ length: totalShards }, (_, shard) =>
    Uint8Array.from({ length: rows }, (_, row) =>
      shard < columns ? cells[row * columns + shard]! : Number(shard - columns === row),
    ),
  )
}

function addMultiple(target: Uint8Array, products: Uint8Array, source: Uint8Array): void {
  for (let row = 0; row < target.length; row++) target[row]! ^= products[source[row]!]!
}
