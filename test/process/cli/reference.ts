/** The part of docs/cli.md that is made from the program itself. */

import type { CommandUnknownOpts as Command } from '@commander-js/extra-typings';

/** Every command by its words, groups and hidden ones left out. */
export function commandsOf(command: Command, before: readonly string[] = []): [string, Command][] {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((child) => child.name() !== 'help')
    .flatMap((child): [string, Command][] => {
      const words = [...before, child.name()];
      return child.commands.length > 0 ? commandsOf(child, words) : [[words.join(' '), child]];
    });
}

/** What `--help` prints. */
export function helpOf(command: Command): string {
  let help = '';
  const writeOut = (text: string) => {
    help += text;
  };
  command.configureOutput({ writeOut }).outputHelp();
  return help;
}

/** One section for each command: what it does, its options, its examples. */
export function referenceOf(program: Command): string {
  return commandsOf(program)
    .map(([words, command]) => sectionOf(words, command))
    .join('\n');
}

function sectionOf(words: string, command: Command): string {
  const args = command.registeredArguments.map((argument) => {
    const name = argument.variadic ? `${argument.name()}...` : argument.name();
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  const options = command.options
    .filter((option) => !option.hidden)
    .map(
      ({ flags, mandatory, description }) =>
        `- \`${flags}\`${mandatory ? ' (required)' : ''}: ${description}`,
    );
  const examples = [...helpOf(command).matchAll(/^ {2}\$ (sparkq .*)$/gm)].map(([, line]) => line);
  return [
    `### \`${['sparkq', words, ...args].join(' ')}\``,
    '',
    `${sentence(command.description())}`,
    '',
    ...(options.length === 0 ? [] : [...options, '']),
    '```sh',
    ...examples,
    '```',
    '',
  ].join('\n');
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
