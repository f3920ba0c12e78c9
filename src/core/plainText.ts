import { exactJson } from './exactJson';

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
 * What acts on a terminal, or on the order of what is read there: control characters (C0, DEL, C1) except newline and
 * tab, Unicode's line separators, and the characters that change the direction of text.
 */
const active =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: this makes control characters harmless
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * `text` for a terminal, with every control character as a symbol, one for one: names, labels and errors come from
 * anybody, and may neither set a title or the clipboard nor look like something else. Newlines and tabs stay.
 */
export function printable(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(active, symbolOf);
}

/** `text` for a place of one line: a line break in a label, say, must not begin a line that looks like one of ours. */
export function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]\s*/g, ' ');
}

/** `text` with its further lines indented, by as many blanks, so that none looks like one of ours. */
export function indented(text: string, blanks: number): string {
  return text.replaceAll('\n', `\n${' '.repeat(blanks)}`);
}

/** JSON for a terminal: the same value, with every character that a terminal acts on as an escape. */
export function printableJson(value: unknown, indent = 0): string {
  return exactJson(value, indent).replace(
    active,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The Unicode picture of a control character that has one, else the replacement character. */
function symbolOf(found: string): string {
  const code = found.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? '\u2421' : '\ufffd';
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
