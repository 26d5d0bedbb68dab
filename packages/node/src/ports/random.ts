/** Chance as the node sees it: cryptographically strong on a real machine, seeded in the simulator. */
export interface Random {
  /** `length` fresh random bytes, owned by the caller. */
  bytes(length: number): Uint8Array
  /** An integer, uniform in 0 … 2^32 − 1. */
  uint32(): number
}
