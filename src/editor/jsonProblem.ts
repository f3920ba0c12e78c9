/** Where a text stops being JSON. Pure; `JSON.parse` says it only for some mistakes, and each version in other words. */

export interface JsonProblem {
  /** Both from 1. */
  line: number;
  column: number;
}

/** The place of the first mistake; undefined for a text that is JSON. */
export function findJsonProblem(text: string): JsonProblem | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch {
    const lines = text.slice(0, new Reader(text).firstMistake()).split('\n');
    return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
  }
}

class Mistake extends Error {}

const literals = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON texts must not hold them as they are
const characters = /(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4}))*/y;
const blanks = /[ \t\n\r]*/y;

class Reader {
  private at = 0;

  constructor(private readonly text: string) {}

  /** The offset of the first character that cannot stand where it does. */
  firstMistake(): number {
    try {
      this.value();
    } catch (error) {
      if (!(error instanceof Mistake)) throw error;
    }
    return this.at;
  }

  /** Reads a value and the blanks around it. */
  private value(): void {
    this.skip(blanks);
    if (this.take('{')) this.members('}', () => this.member());
    else if (this.take('[')) this.members(']', () => this.value());
    else if (this.text[this.at] === '"') this.string();
    else if (!this.skip(literals)) throw new Mistake();
    this.skip(blanks);
  }

  private members(end: string, member: () => void): void {
    this.skip(blanks);
    if (this.take(end)) return;
    do member();
    while (this.take(','));
    this.need(end);
  }

  private member(): void {
    this.skip(blanks);
    this.string();
    this.skip(blanks);
    this.need(':');
    this.value();
  }

  private string(): void {
    this.need('"');
    this.skip(characters);
    this.need('"');
  }

  private need(character: string): void {
    if (!this.take(character)) throw new Mistake();
  }

  private take(character: string): boolean {
    const found = this.text[this.at] === character;
    if (found) this.at += 1;
    return found;
  }

  /** Passes over what fits; answers whether anything did. */
  private skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    const length = pattern.exec(this.text)?.[0].length ?? 0;
    this.at += length;
    return length > 0;
  }
}
