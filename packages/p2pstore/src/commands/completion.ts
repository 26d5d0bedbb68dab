import { Argument, type Command } from 'commander'
import type { Act } from '../act.ts'
import type { Session } from '../session.ts'
import { formatCompletion, type Shell, shells } from '../shell-completion.ts'

export function addCompletion(program: Command, act: Act): void {
  program
    .command('completion')
    .description('print a script that completes commands and options in a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(shells))
    .addHelpText('after', '\nbash: eval "$(p2pstore completion bash)"   zsh, fish: save it in a folder of completions')
    .action(act((session: Session, shell: string) => completion(session, shell as Shell, program)))
}

async function completion(session: Session, shell: Shell, program: Command): Promise<void> {
  const script = formatCompletion(shell, {
    options: flagsOf(program),
    verbs: program.commands.map((verb) => ({
      name: verb.name(),
      description: verb.description(),
      options: [...new Set([verb, ...verb.commands].flatMap(flagsOf))],
      next: verb.commands.map((inner) => inner.name()),
    })),
  })
  session.report({ shell, script }, script)
}

function flagsOf(command: Command): string[] {
  return command.options.flatMap(({ long }) => (long == null ? [] : [long]))
}
