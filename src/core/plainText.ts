/**
 * Terminal control sequences: CSI (colours, cursor), OSC (titles, links; ended by BEL or ST), and two-byte escapes.
 * Documents cannot show them. Of a line redrawn after a carriage return, only the last state is kept.
 */
const control =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: this removes control characters
  /\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u001b[ -/]*[0-~]/g;

/** `text` for a document: without escape sequences, with redrawn lines in their last state. */
export function plainText(text: string): string {
  return text
    .replace(control, '')
    .replaceAll('\r\n', '\n')
    .split('\n')
    .map((line) => (line.includes('\r') ? lastDrawn(line) : line))
    .join('\n');
}

/**
 * `text` for a notification of VS Code, which turns `[text](command:...)` into a link that runs the command:
 * neither output nor names of tasks may become one.
 */
export function withoutLinks(text: string): string {
  return text.replaceAll('](', ']\u200b(');
}

/** The last state of a line that was redrawn after each carriage return. */
function lastDrawn(line: string): string {
  const drawings = line.split('\r').filter((part) => part !== '');
  return drawings.at(-1) ?? '';
}
