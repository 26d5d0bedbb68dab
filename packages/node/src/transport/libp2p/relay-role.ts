/**
 * `serve`: to carry for peers that can't be dialled. `use`: to be one of them, and reserve slots at those who serve.
 * `auto`: to be one of them as long as no other member can dial this one.
 */
export type RelayRole = 'off' | 'serve' | 'use' | 'auto'
