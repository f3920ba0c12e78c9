/** Command lines that cmd.exe reads: those of batch files, and of tools with `shell: true` on Windows. */

import { cutText } from '../../core/cutText';
import { CouldNotStart } from './payload';

/** Characters of a command line; cmd.exe takes no more. */
const longest = 8191;

/** A command line is passed as it is written: Node's own quoting is that of other programs. */
export interface CmdCall {
  args: readonly string[];
  verbatim: true;
}

/**
 * The arguments of cmd.exe that run `line`.
 * @throws CouldNotStart for a line that is too long
 */
export function callOfLine(line: string): CmdCall {
  if (line.length > longest) {
    throw new CouldNotStart(
      `cmd.exe takes no command line of more than ${longest} characters, and this one has ${line.length}. ${wayOut}`,
    );
  }
  // No AutoRun; extensions, by which `%` is kept; nothing that expands `!`; and only the outer quotes are taken off.
  return { args: ['/d', '/e:on', '/v:off', '/s', '/c', `"${line}"`], verbatim: true };
}

/**
 * A text as one argument, for cmd.exe and then for the program or batch file that gets it. Quotes keep everything but
 * four things: a quote is doubled, as programs read it, which leaves cmd.exe within the quotes; backslashes before a
 * quote are doubled as well; `%` is followed by a variable that is always empty, so that it begins none itself; and a
 * line break ends a line even there.
 * @throws CouldNotStart for a line break
 */
export function quoteForCmd(text: string): string {
  if (/[\r\n]/.test(text)) {
    throw new CouldNotStart(`cmd.exe passes on no line break, as in: ${cutText(text, 100)}. ${wayOut}`);
  }
  // As it is, a batch file sees no quotes around it, and no doubled backslash at its end.
  if (/^[\w./:\\@+-]+$/.test(text)) return text;
  const quoted = text.replace(/(\\*)"/g, '$1$1""').replace(/\\+$/, '$&$&');
  return `"${quoted.replaceAll('%', '%%cd:~,%')}"`;
}

const wayOut =
  'Have the tool read it from standard input (input: prompt-stdin), or let its command name the program that the batch file starts.';
