/**
 * Terminal control sequences: CSI (colours, cursor), OSC (titles, links; ended by BEL or ST), and two-byte escapes.
 * Documents cannot show them; a carriage return that redraws a line keeps only what was drawn last.
 */
const control =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this removes
  /\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u001b[ -/]*[0-~]/g;

/** `text` as a document can show it: without escape sequences, with redrawn lines as they looked at the end. */
export function plainText(text: string): string {
  return text
    .replace(control, '')
    .replaceAll('\r\n', '\n')
    .split('\n')
    .map((line) => (line.includes('\r') ? lastDrawn(line) : line))
    .join('\n');
}

/**
 * `text` as a notification of VS Code can show it, which makes of `[text](command:...)` a link that runs the command: what
 * a task printed or is called must not become one.
 */
export function withoutLinks(text: string): string {
  return text.replaceAll('](', ']\u200b(');
}

/** What a terminal shows of a line that was drawn again after each carriage return. */
function lastDrawn(line: string): string {
  const drawings = line.split('\r').filter((part) => part !== '');
  return drawings.at(-1) ?? '';
}
