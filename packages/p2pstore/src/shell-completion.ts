/**
 * Completion scripts. Each shell gets the words it needs and nothing that runs p2pstore: first the verbs, then the options of
 * the verb that was typed, and files everywhere else.
 */
export const shells = ['bash', 'zsh', 'fish'] as const

export type Shell = (typeof shells)[number]

export interface Vocabulary {
  /** Long flags that every verb takes. */
  readonly options: readonly string[]
  readonly verbs: readonly {
    readonly name: string
    readonly description: string
    readonly options: readonly string[]
  }[]
}

export function formatCompletion(shell: Shell, vocabulary: Vocabulary): string {
  return { bash, zsh, fish }[shell](vocabulary)
}

function bash({ options, verbs }: Vocabulary): string {
  const cases = verbs.map(({ name, options }) => `    ${name}) words="$words ${options.join(' ')}" ;;`)
  return `_p2pstore() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words="${options.join(' ')}"
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
  if [[ $COMP_CWORD -eq 1 ]]; then words="${names(verbs)} $words"; fi
  COMPREPLY=()
  if [[ $COMP_CWORD -eq 1 || $current == -* ]]; then COMPREPLY=($(compgen -W "$words" -- "$current")); fi
}
complete -o default -F _p2pstore p2pstore`
}

function zsh({ options, verbs }: Vocabulary): string {
  const described = verbs.map(
    ({ name, description }) => `    ${quoted(`${name}:${description.replaceAll(':', '\\:')}`)}`,
  )
  const cases = verbs.map(({ name, options }) => `    ${name}) flags+=(${options.join(' ')}) ;;`)
  return `#compdef p2pstore
_p2pstore() {
  local -a verbs flags
  verbs=(
${described.join('\n')}
  )
  flags=(${options.join(' ')})
  case $words[2] in
${cases.join('\n')}
  esac
  if (( CURRENT == 2 )); then _describe command verbs; fi
  if [[ $PREFIX == -* ]]; then compadd -- $flags; elif (( CURRENT > 2 )); then _files; fi
}
compdef _p2pstore p2pstore`
}

function fish({ options, verbs }: Vocabulary): string {
  const lines = verbs.flatMap(({ name, description, options }) => [
    `complete -c p2pstore -n __fish_use_subcommand -f -a ${name} -d ${quoted(description)}`,
    ...options.map((flag) => `complete -c p2pstore -n '__fish_seen_subcommand_from ${name}' -l ${flag.slice(2)}`),
  ])
  return [...options.map((flag) => `complete -c p2pstore -l ${flag.slice(2)}`), ...lines].join('\n')
}

function names(verbs: Vocabulary['verbs']): string {
  return verbs.map(({ name }) => name).join(' ')
}

/** In single quotes, as all three shells read them; a quote inside is left out. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", '')}'`
}
