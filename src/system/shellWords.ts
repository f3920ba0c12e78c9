/** Words of command lines that people copy into their shell. */

/** The shell that reads a line where nobody has chosen one. */
export const systemShell = process.platform === 'win32' ? 'cmd.exe' : '/bin/sh';

/** `text` in quotes, as one word of a POSIX shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** `text` as one word of the shells that are usual on this system, in quotes only if it needs them. */
export function shellWord(text: string, platform: NodeJS.Platform = process.platform): string {
  if (/^[\p{L}\p{M}\p{N}_.:/+-]+$/u.test(text)) return text;
  return platform === 'win32' ? `"${text.replaceAll('"', '\\"')}"` : quoted(text);
}

/** A program with its arguments for people to read: only words that could be mistaken are in quotes. */
export function commandText(words: readonly string[]): string {
  return words.map((word) => (/[\s"'`$&|;<>()*?]|^$/.test(word) ? shellWord(word) : word)).join(' ');
}

/**
 * The words of a command line without any meaning that only a shell gives: blanks part them, quotes keep blanks. Null for
 * a line that needs a shell, or has a quote without its end.
 */
export function wordsOf(line: string): string[] | null {
  const words: string[] = [];
  let rest = line.trim();
  while (rest !== '') {
    const [word] = /^(?:'[^']*'|"[^"$`]*"|[^\s'"|&;<>()$`])+/.exec(rest) ?? [];
    if (word === undefined) return null;
    const end = rest.slice(word.length);
    if (end !== '' && !/^\s/.test(end)) return null;
    words.push(word.replace(/'([^']*)'|"([^"]*)"/g, (_, single, double) => single ?? double));
    rest = end.trimStart();
  }
  return words.length === 0 ? null : words;
}

/** The program and arguments of a line that checks a run: a shell reads it only if it needs one. */
export function wordsOfCheck(line: string): string[] {
  return wordsOf(line) ?? [systemShell, process.platform === 'win32' ? '/c' : '-c', line.trim()];
}
