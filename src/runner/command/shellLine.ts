/** Whether arguments may be put behind a command line that a shell reads. */

/**
 * Why arguments behind `line` would not be those of its last command, but a command themselves, lost or taken for a
 * file; null where nothing keeps them from being arguments. It is the line's author who is kept from a mistake: what
 * the shell will refuse anyway is let through.
 */
export function faultOfLine(line: string, windows: boolean): string | null {
  return windows ? faultForCmd(line) : faultForSh(line);
}

function faultForSh(line: string): string | null {
  const bare = withoutTexts(line);
  if (bare.includes('\n')) return 'has more than one line';
  if (/(^|[\s;&|()])#/.test(bare)) return 'has a comment';
  if (bare.endsWith('\\')) return 'ends in a backslash';
  if (/[<>]$/.test(bare)) return 'ends in a redirection without a file';
  const last = bare.split(/[;&|]/).at(-1) ?? '';
  // Neither an assignment nor a redirection nor `!` is a command: what comes after them is.
  const command = last.replace(/^(\s*(!(?=\s|$)|\w+=\S*|\d*[<>]+\s*\S+))*/, '');
  return command.trim() === '' ? 'does not end in a command' : null;
}

/** Each quoted text, escaped character and substitution as one letter; a line that goes on in the next one as one. */
function withoutTexts(line: string): string {
  const quoted = /\\.|'[^']*'|"(?:\\.|[^"\\])*"|`(?:\\.|[^`\\])*`/gs;
  let text = line.replace(quoted, (found) => (found === '\\\n' ? '' : 'x'));
  for (let before = ''; before !== text; ) {
    before = text;
    text = text.replace(/\$\([^()]*\)|\([^()]*\)/g, 'x');
  }
  // `2>&1` separates no commands, nor does `>|`.
  return text.replace(/([<>])[&|]/g, '$1');
}

function faultForCmd(line: string): string | null {
  if (/[\r\n]/.test(line)) return 'has more than one line';
  if (/[<>]$/.test(line)) return 'ends in a redirection without a file';
  if (line.endsWith('^')) return 'ends in ^';
  return /(^|[&|(])$/.test(line) ? 'does not end in a command' : null;
}
