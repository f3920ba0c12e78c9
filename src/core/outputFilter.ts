import { printable } from './plainText';

/** Sequences that set colours, move the cursor or choose a character set. Limited in length: little is held back. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: terminal control sequences
const sequence = /(\u001b\[[0-?]{0,64}[ -/]{0,4}[@-~]|\u001b[ -/]{1,4}[0-~]|[\r\b])/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: terminal control sequences
const unfinished = /\u001b(?:\[[0-?]{0,64}[ -/]{0,4}|[ -/]{0,4})$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: terminal control sequences
const colour = /^\u001b\[[\d;:]*m$/;

/**
 * The output of a task as a terminal may have it: with its colours and carriage returns. Titles, the clipboard, links
 * and everything else that control characters do become symbols. A sequence may be split between two pieces.
 */
export class OutputFilter {
  private held = '';

  /** @param moves whether the cursor may be moved as well; otherwise those sequences are left out */
  constructor(private readonly moves: boolean) {}

  /** What can be shown of all pieces so far, and was not yet. */
  next(piece: string): string {
    const text = this.held + piece;
    const end = unfinished.exec(text)?.index ?? text.length;
    this.held = text.slice(end);
    return this.filtered(text.slice(0, end));
  }

  /** What was held back; call when no more follows. */
  rest(): string {
    const text = this.held;
    this.held = '';
    return this.filtered(text);
  }

  private filtered(text: string): string {
    const parts = text.split(sequence);
    return parts.map((part, index) => (index % 2 === 0 ? printable(part) : this.allowed(part))).join('');
  }

  private allowed(part: string): string {
    if (this.moves || part === '\r' || colour.test(part)) return part;
    return part === '\b' ? printable(part) : '';
  }
}
