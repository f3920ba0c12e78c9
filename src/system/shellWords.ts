/** Words of command lines that people copy into their shell. */

/** `text` in quotes, as one word of a POSIX shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** `text` as one word of the shells that are usual on this system, in quotes only if it needs them. */
export function shellWord(text: string, platform: NodeJS.Platform = process.platform): string {
  if (/^[\p{L}\p{M}\p{N}_.:/+-]+$/u.test(text)) return text;
  return platform === 'win32' ? `"${text.replaceAll('"', '\\"')}"` : quoted(text);
}
