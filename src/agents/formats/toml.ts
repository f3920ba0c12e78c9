/** TOML, whose entries are tables that may be anywhere in the file: a new one comes last. Pure. */

import { type Edit, edited, type Format, isRecord, lineEndOf, Unreadable, valueAt } from './format';
import { type Statement, setAt, tomlStatements } from './tomlReader';

export const toml: Format = {
  parse(text) {
    const content: Record<string, unknown> = {};
    for (const { kind, path, value } of tomlStatements(text)) {
      if (kind === 'pair') setAt(content, path, value);
      else if (valueAt(content, path) === undefined) setAt(content, path, {});
    }
    return content;
  },

  put(text, path, value) {
    const end = lineEndOf(text);
    const lines = tableLines(path, value).map((line) => line + end);
    const parts = partsOf(text, path);
    const [first] = parts;
    if (first?.kind === 'table') {
      const [, ...others] = parts;
      const place = { offset: first.start, length: first.end - first.start, content: lines.join('') };
      return edited(text, [place, ...others.map((part) => removal(text, part))]);
    }
    const rest = toml.take(text, path, path.length);
    demandOpen(rest, path);
    const closed = rest === '' || rest.endsWith('\n') ? rest : rest + end;
    const gap = closed.trim() === '' || /\n\r?\n$/.test(closed) ? '' : end;
    return closed + gap + lines.join('');
  },

  take(text, path) {
    const rest = edited(
      text,
      partsOf(text, path).map((part) => removal(text, part)),
    );
    if (valueAt(toml.parse(rest), path) !== undefined) demandOpen(text, path);
    return rest;
  },
};

/** Tables with all that is in them, and pairs of other tables: all that says something about a path. */
function partsOf(text: string, path: readonly string[]): Pick<Statement, 'kind' | 'start' | 'end'>[] {
  const statements = tomlStatements(text);
  return statements.flatMap((statement, index) => {
    if (!startsWith(statement.path, path) || isInTable(statements, index, path)) return [];
    const { kind, start } = statement;
    return [{ kind, start, end: lastOf(statements, index).end }];
  });
}

function startsWith(path: readonly string[], start: readonly string[]): boolean {
  return start.every((name, index) => path[index] === name);
}

/** The header that a statement is below. */
function headerOf(statements: readonly Statement[], index: number): Statement | undefined {
  return statements.slice(0, index).findLast(({ kind }) => kind !== 'pair');
}

/** Whether a pair is in a table that goes as a whole. */
function isInTable(statements: readonly Statement[], index: number, path: readonly string[]): boolean {
  if (statements[index]?.kind !== 'pair') return false;
  const header = headerOf(statements, index);
  return header !== undefined && startsWith(header.path, path);
}

/** The last statement of the table that begins with the one at `index`; a pair stands for itself. */
function lastOf(statements: readonly Statement[], index: number): Statement {
  const first = statements[index] as Statement;
  if (first.kind === 'pair') return first;
  const next = statements.findIndex(({ kind }, at) => at > index && kind !== 'pair');
  return statements.at(next < 0 ? -1 : next - 1) as Statement;
}

/** Takes an empty line with it that would be left beside another one, or at an end of the text. */
function removal(text: string, { start, end }: Pick<Statement, 'start' | 'end'>): Edit {
  const [blankBefore = ''] = /(?<=\n)\r?\n$/.exec(text.slice(0, start)) ?? [];
  const [blankAfter = ''] = /^[ \t]*\r?\n/.exec(text.slice(end)) ?? [];
  const isLast = text.slice(end).trim() === '';
  const before = blankAfter !== '' || isLast ? blankBefore.length : 0;
  const after = start === 0 ? blankAfter.length : 0;
  return { offset: start - before, length: before + end - start + after, content: '' };
}

/** Refuses tables that the file has closed by writing them in braces, or as something else. */
function demandOpen(text: string, path: readonly string[]): void {
  for (const statement of tomlStatements(text)) {
    const isOuter = statement.path.length < path.length && startsWith(path, statement.path);
    if (isOuter && statement.kind !== 'table')
      throw new Unreadable(`write ${statement.path.join('.')} as a table of its own`, text, statement.start);
  }
}

function tableLines(path: readonly string[], table: Readonly<Record<string, unknown>>): string[] {
  const rows = Object.entries(table);
  return [
    `[${path.join('.')}]`,
    ...rows.filter(([, value]) => !isRecord(value)).map(([name, value]) => `${name} = ${printed(value)}`),
    ...rows.flatMap(([name, value]) => (isRecord(value) ? ['', ...tableLines([...path, name], value)] : [])),
  ];
}

/** Strings of JSON are strings of TOML. */
function printed(value: unknown): string {
  return Array.isArray(value) ? `[${value.map(printed).join(', ')}]` : JSON.stringify(value);
}
