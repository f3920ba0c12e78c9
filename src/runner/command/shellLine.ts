/** Whether arguments can be appended to a command line that a shell reads. */

/**
 * Why arguments after `line` would not be those of its last command but a command themselves, lost, or a file name;
 * null where they would be arguments. This protects the author of the line from a mistake: a line that the shell
 * refuses anyway is let through.
 */
export function problemOfLine(line: string, windows: boolean): string | null {
  return windows ? problemForCmd(line) : problemForSh(line);
}

function problemForSh(line: string): string | null {
  const bare = withoutQuotedText(line);
  if (bare.includes('\n')) return 'has more than one line';
  if (/(^|[\s;&|()])#/.test(bare)) return 'has a comment';
  if (bare.endsWith('\\')) return 'ends in a backslash';
  if (/[<>]$/.test(bare)) return 'ends in a redirection without a file';
  const last = bare.split(/[;&|]/).at(-1) ?? '';
  // Assignments, redirections and `!` come before the command.
  const command = last.replace(/^(\s*(!(?=\s|$)|\w+=\S*|\d*[<>]+\s*\S+))*/, '');
  return command.trim() === '' ? 'does not end in a command' : null;
}

/** Replaces quoted text, escaped characters and substitutions by a letter each, and joins continued lines. */
function withoutQuotedText(line: string): string {
  const quoted = /\\.|'[^']*'|"(?:\\.|[^"\\])*"|`(?:\\.|[^`\\])*`/gs;
  let text = line.replace(quoted, (found) => (found === '\\\n' ? '' : 'x'));
  for (let before = ''; before !== text; ) {
    before = text;
    text = text.replace(/\$\([^()]*\)|\([^()]*\)/g, 'x');
  }
  // `2>&1` and `>|` do not separate commands.
  return text.replace(/([<>])[&|]/g, '$1');
}

function problemForCmd(line: string): string | null {
  if (/[\r\n]/.test(line)) return 'has more than one line';
  if (/[<>]$/.test(line)) return 'ends in a redirection without a file';
  if (line.endsWith('^')) return 'ends in ^';
  // Outside of quotes, `^` takes a quote for a character.
  const quotes = line.replace(/"[^"]*"|\^./gs, '');
  if (quotes.includes('"')) return 'has a quotation without an end';
  return /(^|[&|(])$/.test(line) ? 'does not end in a command' : null;
}
