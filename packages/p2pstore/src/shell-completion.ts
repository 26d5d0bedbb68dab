/**
 * Completion scripts. Each shell gets the words it needs and nothing that runs p2pstore: first the verbs, then the options of
 * the verb that was typed and what must follow it, and files everywhere else.
 */
export const shells = ['bash', 'zsh', 'fish'] as const

export type Shell = (typeof shells)[number]

export interface Vocabulary {
  /** Long flags that every verb takes. */
  readonly options: readonly string[]
  readonly verbs: readonly {
    readonly name: string
    readonly description: string
    /** Of the verb and of what it is followed by. */
    readonly options: readonly string[]
    /** Words that must follow the verb, if any. */
    readonly next: readonly string[]
  }[]
}

export function formatCompletion(shell: Shell, vocabulary: Vocabulary): string {
  return { bash, zsh, fish }[shell](vocabulary)
}

function bash({ options, verbs }: Vocabulary): string {
  const cases = verbs.map(({ name, options, next }) => {
    return `    ${name}) words="$words ${options.join(' ')}" next="${next.join(' ')}" ;;`
  })
  return `_p2pstore() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words="${options.join(' ')}" next=""
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
  if [[ $COMP_CWORD -eq 1 ]]; then next="${names(verbs)}"; fi
  if [[ $COMP_CWORD -gt 2 ]]; then next=""; fi
  COMPREPLY=()
  if [[ -n $next || $current == -* ]]; then words="$next $words"; COMPREPLY=($(compgen -W "$words" -- "$current")); fi
}
complete -o default -F _p2pstore p2pstore`
}

function zsh({ options, verbs }: Vocabulary): string {
  const described = verbs.map(
    ({ name, description }) => `    ${quoted(`${name}:${description.replaceAll(':', '\\:')}`)}`,
  )
  const cases = verbs.map(({ name, options, next }) => {
    return `    ${name}) flags+=(${options.join(' ')}); next=(${next.join(' ')}) ;;`
  })
  return `#compdef p2pstore
_p2pstore() {
  local -a verbs flags next
  verbs=(
${described.join('\n')}
  )
  flags=(${options.join(' ')})
  case $words[2] in
${cases.join('\n')}
  esac
  if (( CURRENT == 2 )); then _describe command verbs; fi
  if [[ $PREFIX == -* ]]; then compadd -- $flags
  elif (( CURRENT == 3 && $#next > 0 )); then compadd -- $next
  elif (( CURRENT > 2 )); then _files; fi
}
compdef _p2pstore p2pstore`
}

function fish({ options, verbs }: Vocabulary): string {
  const lines = verbs.flatMap(({ name, description, options, next }) => {
    const after = `complete -c p2pstore -n '__fish_seen_subcommand_from ${name}'`
    return [
      `complete -c p2pstore -n __fish_use_subcommand -f -a ${name} -d ${quoted(description)}`,
      ...next.map((word) => `${after} -f -a ${word}`),
      ...options.map((flag) => `${after} -l ${flag.slice(2)}`),
    ]
  })
  return [...options.map((flag) => `complete -c p2pstore -l ${flag.slice(2)}`), ...lines].join('\n')
}

function names(verbs: Vocabulary['verbs']): string {
  return verbs.map(({ name }) => name).join(' ')
}

/** In single quotes, as all three shells read them; a quote inside is left out. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", '')}'`
}
