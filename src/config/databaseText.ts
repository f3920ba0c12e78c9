/** Writes into the text of a `sparkq.yml` where the queue is, or takes that out. Pure. */

import { isDeepStrictEqual } from 'node:util';
import { isMap, isNode, isScalar, type Pair, parse, parseDocument, stringify } from 'yaml';
import { changedText, lineEndOf, type TextChange } from './textChange';

/** What is written; the schema only where it is not the usual one. */
export interface WrittenDatabase {
  /** Without a password. */
  url: string;
  schema?: string;
}

/**
 * The text with the server in it, or for null with none. Null for a text in which that would change more.
 */
export function textWithDatabase(text: string, database: WrittenDatabase | null): string | null {
  try {
    const before: Record<string, object | null> = parse(text) ?? {};
    const changed = database === null ? without(text) : written(text, database);
    const { database: present, ...rest } = before;
    const wanted = database === null ? rest : { ...before, database: { ...present, ...database } };
    return changed !== null && isDeepStrictEqual(parse(changed) ?? {}, wanted) ? changed : null;
  } catch {
    return null;
  }
}

function written(text: string, database: WrittenDatabase): string | null {
  const lineEnd = lineEndOf(text);
  const entries = Object.entries(database).map(([name, value]) => [name, stringify(value).trimEnd()]);
  const present = databaseIn(text);
  if (present === undefined) {
    const gap = text === '' ? '' : text.endsWith('\n') ? lineEnd : lineEnd + lineEnd;
    const lines = ['database:', ...entries.map(([name, value]) => `  ${name}: ${value}`), ''];
    return `${text}${gap}${lines.join(lineEnd)}`;
  }
  let changed: string | null = text;
  for (const [name = '', value = ''] of entries) changed = changed && withEntry(changed, name, value);
  return changed;
}

function withEntry(text: string, name: string, value: string): string | null {
  const map = databaseIn(text)?.value;
  if (!isMap(map)) return null;
  const present = map.items.find(({ key }) => isScalar(key) && key.value === name)?.value;
  if (present !== undefined) return replaced(text, present, value);
  const first = map.items[0]?.key;
  const [start] = (isNode(first) && first.range) || [];
  if (start === undefined) return null;
  const indent = ' '.repeat(start - (text.lastIndexOf('\n', start - 1) + 1));
  const gap = map.flow ? ', ' : lineEndOf(text) + indent;
  return changedText(text, { start, end: start, content: `${name}: ${value}${gap}` });
}

function replaced(text: string, node: unknown, content: string): string | null {
  const [start, end] = (isNode(node) && node.range) || [];
  if (start === undefined || end === undefined) return null;
  const change: TextChange = { start, end, content: start === end ? ` ${content}` : content };
  return changedText(text, change);
}

/** Takes out whole lines. */
function without(text: string): string | null {
  const present = databaseIn(text);
  if (present === undefined) return text;
  const [start] = (isNode(present.key) && present.key.range) || [];
  const [, end] = (isNode(present.value) && present.value.range) || [];
  if (start === undefined || end === undefined || (start > 0 && text[start - 1] !== '\n')) return null;
  const last = text[end - 1] === '\n' ? end : text.indexOf('\n', end) + 1 || text.length;
  return changedText(text, { start, end: last, content: '' });
}

function databaseIn(text: string): Pair | undefined {
  const { contents } = parseDocument(text);
  if (contents === null) return undefined;
  if (!isMap(contents) || contents.flow) throw new Error('The file is not in lines');
  return contents.items.find(({ key }) => isScalar(key) && key.value === 'database');
}
