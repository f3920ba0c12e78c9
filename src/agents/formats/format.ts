/** A way of writing settings down, as the text of a file: changes one entry of it and leaves all else as it is. */
export interface Format {
  /** What the text says. @throws Unreadable */
  parse(text: string): unknown;
  /** The text with an entry added or replaced; of an empty text, one with nothing else. @throws Unreadable */
  put(text: string, path: readonly string[], value: Readonly<Record<string, unknown>>): string;
  /**
   * The text without an entry. @throws Unreadable
   * @param kept how many parts of the path stay even if nothing is left in them
   */
  take(text: string, path: readonly string[], kept: number): string;
}

/** A text that is not what its format says, or says it in a way that cannot be changed. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
  /** Both from 1. */
  readonly line: number;
  readonly column: number;

  /** @param problem a sentence without its end, such as "expected a value" */
  constructor(
    readonly problem: string,
    text: string,
    offset: number,
  ) {
    super(problem);
    const lines = text.slice(0, offset).split('\n');
    this.line = lines.length;
    this.column = (lines.at(-1)?.length ?? 0) + 1;
  }
}

/** A change of a text: what is at `offset`, `length` characters long, becomes `content`. */
export interface Edit {
  offset: number;
  length: number;
  content: string;
}

/** Of edits at one place, what the first inserts comes first. */
export function edited(text: string, edits: readonly Edit[]): string {
  return [...edits]
    .sort((a, b) => a.offset - b.offset)
    .reduceRight(
      (now, { offset, length, content }) => now.slice(0, offset) + content + now.slice(offset + length),
      text,
    );
}

/** How the lines of a text end. */
export function lineEndOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

/** The value at a path of what a text says; undefined where there is none. */
export function valueAt(content: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, name) => (isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined),
    content,
  );
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
