/** Flags and description of the option that commands of the network's authority take. */
export const authorityOption = [
  '--authority <file>',
  "file with the authority's key, which need not be kept in the home (default: authority.key in the home)",
] as const
