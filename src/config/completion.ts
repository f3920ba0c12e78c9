/** What can be written at a place in `sparkq.yml`, after its JSON Schema. Pure; knows block style, as `setup` writes it. */

import type { JsonSchema } from './jsonSchema';

export interface Proposal {
  kind: 'key' | 'value';
  label: string;
  /** What is written in place of the word at the cursor. */
  text: string;
  description: string;
}

const keyLine = /^(\s*)(- )?("[^"]*"|'[^']*'|[^\s:#'"-][^:#]*):(?:\s|$)/;
const newKey = /^(\s*)(- )?([\w-]*)$/;
const newValue = /^(\s*)(- )?([\w-]+):\s+([\w.-]*)$/;

/**
 * @param line where the cursor is, from 0
 * @param column how many characters of that line are before the cursor
 */
export function proposalsAt(
  schema: JsonSchema,
  lines: readonly string[],
  line: number,
  column: number,
): Proposal[] {
  const before = (lines[line] ?? '').slice(0, column);
  const value = newValue.exec(before);
  if (value) {
    const [, indent = '', dash = '', key = ''] = value;
    const above = pathAbove(lines, line, indent.length, dash !== '');
    return valuesOf(schemaAt(schema, [...above, key]));
  }
  const key = newKey.exec(before);
  if (!key) return [];
  const [, indent = '', dash = ''] = key;
  const width = indent.length + dash.length;
  const shapes = schemaAt(schema, pathAbove(lines, line, indent.length, dash !== ''));
  const present = siblings(lines, line, width);
  return shapes
    .flatMap(({ properties }) => Object.entries(properties ?? {}))
    .filter(([name]) => !present.has(name))
    .map(([name, inner]) => keyProposal(name, inner, width));
}

/** The keys above a line, outermost first. An item of a list is the key `-`. */
function pathAbove(lines: readonly string[], line: number, indent: number, item: boolean): string[] {
  const path = item ? ['-'] : [];
  // A list may be as far in as the key that it belongs to.
  let limit = item ? indent + 1 : indent;
  for (let at = line - 1; at >= 0 && limit > 0; at--) {
    const match = keyLine.exec(lines[at] ?? '');
    if (!match) continue;
    const [, blanks = '', dash = '', name = ''] = match;
    const inner = blanks.length + dash.length;
    if (inner < limit && !(item && inner === indent && dash !== '')) {
      path.unshift(unquoted(name));
      limit = inner;
    }
    if (dash !== '' && blanks.length < limit) {
      path.unshift('-');
      limit = blanks.length + 1;
    }
  }
  return path;
}

/** The keys that the mapping of a line has already. */
function siblings(lines: readonly string[], line: number, width: number): Set<string> {
  const found = new Set<string>();
  const look = (at: number): boolean => {
    const match = keyLine.exec(lines[at] ?? '');
    if (!match) return true;
    const [, blanks = '', dash = '', name = ''] = match;
    const inner = blanks.length + dash.length;
    if (inner === width) found.add(unquoted(name));
    return inner >= width && (inner !== width || dash === '');
  };
  for (let at = line - 1; at >= 0 && look(at); at--);
  for (let at = line + 1; at < lines.length && look(at); at++);
  return found;
}

/** All shapes that the value at a path may have. */
function schemaAt(schema: JsonSchema, path: readonly string[]): JsonSchema[] {
  let shapes = shapesOf(schema);
  for (const name of path) {
    shapes = shapes.flatMap((shape) => {
      const { properties, additionalProperties: any, items } = shape;
      if (name === '-') return isSchema(items) ? shapesOf(items) : [];
      const inner = properties?.[name] ?? (typeof any === 'object' ? any : undefined);
      return inner ? shapesOf(inner) : [];
    });
  }
  return shapes;
}

function shapesOf(schema: JsonSchema): JsonSchema[] {
  return [schema, ...(schema.anyOf ?? []).flatMap(shapesOf)];
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function keyProposal(name: string, schema: JsonSchema, width: number): Proposal {
  const shapes = shapesOf(schema);
  const below = `\n${' '.repeat(width + 2)}`;
  const isMapping = shapes.some(({ properties, additionalProperties: any }) => properties ?? isSchema(any));
  const isList = shapes.some(({ items }) => items !== undefined);
  const after = isMapping ? below : isList ? `${below}- ` : ' ';
  return { kind: 'key', label: name, text: `${name}:${after}`, description: schema.description ?? '' };
}

function valuesOf(shapes: readonly JsonSchema[]): Proposal[] {
  const description = shapes.find((shape) => shape.description)?.description ?? '';
  const values = shapes.flatMap(({ enum: some, const: one, default: fallback, type }) => [
    ...(Array.isArray(some) ? some : []),
    ...(one === undefined ? [] : [one]),
    ...([type].flat().includes('boolean') && ![type].flat().includes('string') ? [true, false] : []),
    ...(fallback === undefined || typeof fallback === 'object' ? [] : [fallback]),
  ]);
  return [...new Set(values.map(String))].map((text) => ({ kind: 'value', label: text, text, description }));
}

function unquoted(name: string): string {
  return name.replace(/^(["'])(.*)\1$/, '$2').trim();
}
