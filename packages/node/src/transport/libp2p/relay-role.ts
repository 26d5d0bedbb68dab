/** `serve`: to carry for peers that can't be dialled. `use`: to be one of them, and reserve slots at those who serve. */
export type RelayRole = 'off' | 'serve' | 'use'
