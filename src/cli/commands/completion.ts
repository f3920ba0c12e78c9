/** `sparkq completion`: a script that completes commands and options, generated from the program itself. */

import type { Command, CommandUnknownOpts } from '@commander-js/extra-typings';
import { quoted } from '../../system/shellWords';
import type { CommandContext } from '../context';
import { choice, example } from '../terminal/options';
import { writeOut } from '../terminal/streams';

const shells = ['bash', 'zsh', 'fish', 'powershell'] as const;
type Shell = (typeof shells)[number];

/** A word that may stand after a command. */
interface Word {
  text: string;
  description: string;
}

/** A command by its path, such as `/session/create`, and what may stand after it. */
interface Position {
  path: string;
  words: Word[];
}

export function addCompletion(program: Command, context: CommandContext): void {
  program
    .command('completion')
    .description('print a completion script for your shell')
    .argument('<shell>', shells.join(', '), choice('shell', shells))
    .addHelpText(
      'after',
      example('sparkq completion bash > ~/.local/share/bash-completion/completions/sparkq'),
    )
    .action((shell) => {
      const script = completionScript(program, shell);
      if (context.json) context.answer({ shell, script }, '');
      else writeOut(script);
    });
}

export function completionScript(program: CommandUnknownOpts, shell: Shell): string {
  const positions = positionsOf(program, '');
  const writers = { bash: bashScript, zsh: zshScript, fish: fishScript, powershell: powershellScript };
  return writers[shell](positions);
}

function positionsOf(command: CommandUnknownOpts, path: string): Position[] {
  const help = command.createHelp();
  const commands = help.visibleCommands(command).filter((child) => child.name() !== 'help');
  const options = [
    ...help.visibleOptions(command),
    ...(path === '' ? [] : help.visibleGlobalOptions(command)),
  ];
  const words = [
    ...commands.map((child) => ({ text: child.name(), description: child.description() })),
    ...options.flatMap(({ long, description }) => (long ? [{ text: long, description }] : [])),
  ];
  return [{ path, words }, ...commands.flatMap((child) => positionsOf(child, `${path}/${child.name()}`))];
}

/** The commands below the program, as the alternatives of a shell's `case`. */
function paths(positions: readonly Position[]): string[] {
  return positions.map(({ path }) => path).filter((path) => path !== '');
}

/**
 * Finds where the command line stands, then does what is to be done there; for bash and zsh.
 * @param words the ones before the cursor, in the shell's own notation
 * @param found what to do at a position
 */
function walk(
  positions: readonly Position[],
  words: string,
  found: (words: readonly Word[]) => string,
): string {
  const cases = positions.map((position) => `    '${position.path}') ${found(position.words)} ;;`);
  return `  local at='' word
  for word in ${words}; do
    case "$at/$word" in
      ${paths(positions).join(' | ')}) at="$at/$word" ;;
    esac
  done
  case "$at" in
${cases.join('\n')}
  esac`;
}

function bashScript(positions: readonly Position[]): string {
  const found = (words: readonly Word[]) => `words='${words.map(({ text }) => text).join(' ')}'`;
  return `# bash completion for sparkq
_sparkq() {
  local words=''
${walk(positions, `"\${COMP_WORDS[@]:1:COMP_CWORD-1}"`, found)}
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _sparkq sparkq
`;
}

function zshScript(positions: readonly Position[]): string {
  const item = ({ text, description }: Word) => quoted(`${text}:${description.replaceAll(':', '\\:')}`);
  const found = (words: readonly Word[]) => `items=(${words.map(item).join(' ')})`;
  return `#compdef sparkq
# zsh completion for sparkq
_sparkq() {
  local -a items
${walk(positions, `"\${(@)words[2,CURRENT-1]}"`, found)}
  _describe 'sparkq' items || _files
}
compdef _sparkq sparkq
`;
}

function fishScript(positions: readonly Position[]): string {
  const lines = positions.flatMap(({ path, words }) =>
    words.map(({ text, description }) => {
      const what = text.startsWith('--') ? `-l ${text.slice(2)}` : `-a ${text}`;
      return `complete -c sparkq -n '__sparkq_at "${path}"' ${what} -d ${quotedForFish(description)}`;
    }),
  );
  return `# fish completion for sparkq
function __sparkq_at
    set -l at ''
    for word in (commandline -opc)[2..-1]
        switch "$at/$word"
            case ${paths(positions).join(' ')}
                set at "$at/$word"
        end
    end
    test "$at" = "$argv[1]"
end
${lines.join('\n')}
`;
}

/** fish knows the backslash within single quotes. */
function quotedForFish(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

function powershellScript(positions: readonly Position[]): string {
  const item = ({ text, description }: Word) =>
    `${quotedForPowershell(text)} = ${quotedForPowershell(description || text)}`;
  const lines = positions.map(
    ({ path, words }) =>
      `    ${quotedForPowershell(path)} = [ordered]@{ ${[...new Set(words.map(item))].join('; ')} }`,
  );
  return `# PowerShell completion for sparkq
Register-ArgumentCompleter -Native -CommandName sparkq, sparkq.cmd -ScriptBlock {
  param($word, $line, $cursor)
  $words = @{
${lines.join('\n')}
  }
  $at = ''
  foreach ($element in $line.CommandElements | Select-Object -Skip 1) {
    if ($element.Extent.EndOffset -ge $cursor) { break }
    if ($words.ContainsKey("$at/$element")) { $at = "$at/$element" }
  }
  foreach ($entry in $words[$at].GetEnumerator()) {
    if (-not $entry.Key.StartsWith($word)) { continue }
    [System.Management.Automation.CompletionResult]::new($entry.Key, $entry.Key, 'ParameterValue', $entry.Value)
  }
}
`;
}

/** PowerShell takes the quotes of a typesetter for its own. */
function quotedForPowershell(text: string): string {
  return `'${text.replace(/['\u2018-\u201b]/g, '$&$&')}'`;
}
