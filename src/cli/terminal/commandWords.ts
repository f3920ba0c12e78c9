/** The words of `sparkq add make test --json`: from the first one on they belong to the command. */

import type { CommandUnknownOpts } from '@commander-js/extra-typings';

/**
 * The arguments of `sparkq`, with `--` before the first word of a command that takes another command line. Without it,
 * options of that command line would be taken for our own.
 * @param takers the names of such commands
 */
export function withCommandSeparated(
  program: CommandUnknownOpts,
  argv: readonly string[],
  takers: readonly string[],
): string[] {
  const at = nextWord(program, argv, 0);
  const command = program.commands.find((one) => one.name() === argv[at]);
  if (command === undefined || !takers.includes(command.name())) return [...argv];
  const first = nextWord(command, argv, at + 1);
  return argv[first] === undefined || argv[first] === '--'
    ? [...argv]
    : [...argv.slice(0, first), '--', ...argv.slice(first)];
}

/** Where the first word is that is neither an option nor its value, from a place on. */
export function nextWord(command: CommandUnknownOpts, argv: readonly string[], from: number): number {
  const options = [...command.options, ...(command.parent?.options ?? [])];
  for (let at = from; ; at += 1) {
    const word = argv[at];
    if (word === undefined || word === '--' || word === '-' || !word.startsWith('-')) return at;
    const option = options.find(({ long, short }) => word === long || word === short);
    if (option?.required) at += 1;
  }
}
