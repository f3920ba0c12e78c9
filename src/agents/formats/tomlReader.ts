/**
 * Reads TOML as far as it takes to find an entry and to change nothing else: where each table and pair is, and what it
 * says. Strings, lists and inline tables become values; numbers, dates and booleans stay text. Pure.
 */

import { Unreadable } from './format';

export interface Statement {
  kind: 'table' | 'tables' | 'pair';
  /** From the top, also of a pair. */
  path: readonly string[];
  /** Undefined for the header of a table. */
  value?: unknown;
  /** From the start of its first line to the end of its last, which includes the line break. */
  start: number;
  end: number;
}

/** A number, date or truth value, as it is written. */
export class Bare {
  constructor(readonly text: string) {}
}

/** @throws Unreadable */
export function tomlStatements(text: string): Statement[] {
  return new Reader(text).statements();
}

const escapes: Readonly<Record<string, string>> = {
  b: '\b',
  t: '\t',
  n: '\n',
  f: '\f',
  r: '\r',
  e: '\x1b',
  '"': '"',
  '\\': '\\',
};

class Reader {
  private at = 0;

  constructor(private readonly text: string) {}

  statements(): Statement[] {
    const all: Statement[] = [];
    let table: readonly string[] = [];
    for (;;) {
      this.skipLines();
      if (this.at >= this.text.length) return all;
      const start = this.text.lastIndexOf('\n', this.at - 1) + 1;
      if (this.text[this.at] === '[') {
        const kind = this.skip('[[') ? 'tables' : 'table';
        if (kind === 'table') this.demand('[');
        table = this.key();
        this.demand(kind === 'tables' ? ']]' : ']');
        all.push({ kind, path: table, start, end: this.lineEnd() });
      } else {
        const path = [...table, ...this.key()];
        this.demand('=');
        this.skipBlanks();
        const value = this.value();
        all.push({ kind: 'pair', path, value, start, end: this.lineEnd() });
      }
    }
  }

  private key(): string[] {
    const parts: string[] = [];
    do {
      this.skipBlanks();
      const start = this.text[this.at];
      if (start === '"' || start === "'") parts.push(this.string(start));
      else parts.push(this.match(/[A-Za-z0-9_-]+/y) ?? this.fail('expected a key'));
      this.skipBlanks();
    } while (this.skip('.'));
    return parts;
  }

  private value(): unknown {
    const start = this.text[this.at];
    if (start === '[') return this.list();
    if (start === '{') return this.inlineTable();
    if (start === '"' || start === "'") {
      const long = start.repeat(3);
      return this.text.startsWith(long, this.at) ? this.longString(long) : this.string(start);
    }
    const bare = this.match(/(?:true|false|[+-]?(?:inf|nan|\d[\w.:+-]*))(?: \d[\w.:+-]*)?(?![\w.:+-])/y);
    return bare === null ? this.fail('expected a value') : new Bare(bare);
  }

  private list(): unknown[] {
    const items: unknown[] = [];
    this.demand('[');
    for (;;) {
      this.skipLines();
      if (this.skip(']')) return items;
      items.push(this.value());
      this.skipLines();
      if (!this.skip(',')) {
        this.demand(']');
        return items;
      }
    }
  }

  private inlineTable(): Record<string, unknown> {
    const table: Record<string, unknown> = {};
    this.demand('{');
    for (;;) {
      this.skipLines();
      if (this.skip('}')) return table;
      const path = this.key();
      this.demand('=');
      this.skipBlanks();
      setAt(table, path, this.value());
      this.skipLines();
      if (!this.skip(',')) {
        this.demand('}');
        return table;
      }
    }
  }

  private string(quote: string): string {
    this.demand(quote);
    const raw = this.match(quote === '"' ? /(?:[^"\\\r\n]|\\.)*/y : /[^'\r\n]*/y) ?? '';
    const start = this.at - raw.length;
    if (!this.skip(quote)) this.fail('unexpected end of a string');
    return quote === '"' ? this.unescaped(raw, start) : raw;
  }

  private longString(quote: string): string {
    this.demand(quote);
    const start = this.at;
    const raw = this.match(quote === '"""' ? /(?:[^\\]|\\[\s\S])*?"{3,5}/y : /[\s\S]*?'{3,5}/y);
    if (raw === null) return this.fail('unexpected end of a string');
    const inside = raw.slice(0, -3);
    if (quote !== '"""') return inside.replace(/^\r?\n/, '');
    return this.unescaped(inside.replace(/\\[ \t]*\r?\n\s*/g, ''), start).replace(/^\r?\n/, '');
  }

  private unescaped(raw: string, start: number): string {
    return raw.replace(
      /\\(?:u([\da-fA-F]{4})|U([\da-fA-F]{8})|x([\da-fA-F]{2})|([\s\S]))/g,
      (_, u, U, x, short, at) => {
        const code = u ?? U ?? x;
        if (code === undefined) return escapes[short] ?? this.fail('unknown escape in a string', start + at);
        const point = Number.parseInt(code, 16);
        return point <= 0x10ffff ? String.fromCodePoint(point) : this.fail('no such character', start + at);
      },
    );
  }

  /** Skips to the end of the line, on which only a comment may follow. */
  private lineEnd(): number {
    this.skipBlanks();
    this.match(/#[^\r\n]*/y);
    if (this.match(/\r?\n/y) === null && this.at < this.text.length)
      this.fail('expected the end of the line');
    return this.at;
  }

  private skipLines(): void {
    this.match(/(?:[ \t]|\r?\n|#[^\r\n]*)+/y);
  }

  private skipBlanks(): void {
    this.match(/[ \t]+/y);
  }

  private demand(sign: string): void {
    this.skipBlanks();
    if (!this.skip(sign)) this.fail(`expected ${sign}`);
  }

  private skip(sign: string): boolean {
    if (!this.text.startsWith(sign, this.at)) return false;
    this.at += sign.length;
    return true;
  }

  private match(pattern: RegExp): string | null {
    pattern.lastIndex = this.at;
    const [found] = pattern.exec(this.text) ?? [];
    if (found === undefined) return null;
    this.at += found.length;
    return found;
  }

  private fail(problem: string, offset = this.at): never {
    throw new Unreadable(problem, this.text, offset);
  }
}

/** Sets a value in tables within tables, which are made where they are missing. */
export function setAt(table: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [name = '', ...rest] = path;
  if (rest.length === 0) {
    defineOwn(table, name, value);
    return;
  }
  const inner = Object.hasOwn(table, name) ? table[name] : undefined;
  const next = typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>) : {};
  defineOwn(table, name, next);
  setAt(next, rest, value);
}

/** A key may be called `__proto__`. */
function defineOwn(table: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(table, name, { value, enumerable: true, configurable: true, writable: true });
}
