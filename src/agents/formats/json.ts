/** JSON with comments and trailing commas. Pure. */

import {
  createScanner,
  findNodeAtLocation,
  getNodeValue,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser';
import { type Edit, edited, type Format, lineEndOf, Unreadable } from './format';

export const json: Format = {
  // The library's objects have no prototype, and so are equal to none of ours.
  parse: (text) => structuredClone(getNodeValue(rootOf(text)) as unknown),

  put: (text, path, value) =>
    grown(text, path, value, (node) => {
      const content = printed(value, unitOf(text), lineEndOf(text) + indentAt(text, node.offset));
      return [{ offset: node.offset, length: node.length, content }];
    }),

  take(text, path, kept) {
    const found = holders(text, path);
    const last = found.at(-1);
    if (found.length < path.length || last === undefined) return text;
    const rest = edited(text, removal(text, last));
    const outer = path.slice(0, -1);
    if (outer.length <= kept) return rest;
    const holder = holders(rest, outer).at(-1);
    // One with a comment in it stays.
    if (holder && /^\{\s*\}$/.test(rest.slice(holder.value.offset, endOf(holder.value))))
      return json.take(rest, outer, kept);
    return rest;
  },
};

/** The text with an item at the end of the list at a path, which is made where there is none. @throws Unreadable */
export function putItem(text: string, path: readonly string[], item: unknown): string {
  return grown(text, path, [item], (list) => {
    if (list.type !== 'array') throw new Unreadable('expected a list in brackets', text, list.offset);
    return addition(text, list, null, item);
  });
}

/**
 * The text without some items of the list at a path, in which a number is a place in a list. @throws Unreadable
 * @param kept how many parts of the path stay even if nothing is left in them; all where it is left out
 */
export function takeItems(
  text: string,
  path: readonly (string | number)[],
  isOurs: (item: unknown) => boolean,
  kept = path.length,
): string {
  const list = findNodeAtLocation(rootOf(text), [...path]);
  const item = list?.type === 'array' ? list.children?.find((one) => isOurs(getNodeValue(one))) : undefined;
  if (list === undefined || item === undefined) return text;
  const rest = edited(text, removal(text, { holder: list, node: item }));
  const left = findNodeAtLocation(rootOf(rest), [...path]);
  const isEmpty = left !== undefined && /^\[\s*\]$/.test(rest.slice(left.offset, endOf(left)));
  if (isEmpty && path.length > kept) return json.take(rest, path.map(String), kept);
  return takeItems(rest, path, isOurs, kept);
}

/** The library's own enumeration is gone when this is compiled, file by file. */
const kinds = { lineComment: 12, blockComment: 13, lineBreak: 14, blanks: 15, comma: 5 } as const;

/** A property of an object, or an item of a list, with what it is in. */
interface Member {
  holder: Node;
  node: Node;
}

interface Property extends Member {
  value: Node;
}

/**
 * The text with a value at a path: what is missing of the path is added, with the value in it.
 * @param change what is done where the whole path is there
 */
function grown(
  text: string,
  path: readonly string[],
  value: unknown,
  change: (node: Node) => Edit[],
): string {
  if (text.trim() === '') return `${printed(nested(path, value), '  ', '\n')}\n`;
  let node = rootOf(text);
  for (const [index, name] of path.entries()) {
    const property = propertyOf(text, node, name);
    if (property === undefined)
      return edited(text, addition(text, node, name, nested(path.slice(index + 1), value)));
    node = property.value;
    if (index < path.length - 1) demandObject(text, node);
  }
  return edited(text, change(node));
}

function rootOf(text: string): Node {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  const [first] = errors;
  if (first)
    throw new Unreadable(problems[printParseErrorCode(first.error)] ?? 'it is not JSON', text, first.offset);
  if (root === undefined) throw new Unreadable('it is empty', text, 0);
  demandObject(text, root);
  return root;
}

/** In words for people. */
const problems: Readonly<Record<string, string>> = {
  InvalidSymbol: 'unexpected text',
  InvalidNumberFormat: 'malformed number',
  PropertyNameExpected: 'expected a name in double quotes',
  ValueExpected: 'expected a value',
  ColonExpected: 'expected a colon',
  CommaExpected: 'expected a comma',
  CloseBraceExpected: 'expected a closing brace',
  CloseBracketExpected: 'expected a closing bracket',
  EndOfFileExpected: 'unexpected text after the end',
  UnexpectedEndOfComment: 'unexpected end of a comment',
  UnexpectedEndOfString: 'unexpected end of a string',
};

function demandObject(text: string, node: Node): void {
  if (node.type !== 'object') throw new Unreadable('expected an object in braces', text, node.offset);
}

/** Of a name that is there twice, each program takes another one. */
function propertyOf(text: string, object: Node, name: string): Property | undefined {
  const [node, second] = (object.children ?? []).filter(({ children }) => children?.[0]?.value === name);
  if (second) throw new Unreadable(`"${name}" is there twice`, text, second.offset);
  const value = node?.children?.[1];
  return node && value && { holder: object, node, value };
}

/** The properties along a path, as far as it exists. */
function holders(text: string, path: readonly string[]): Property[] {
  const found: Property[] = [];
  let object = rootOf(text);
  for (const name of path) {
    const property = propertyOf(text, object, name);
    if (property === undefined) break;
    found.push(property);
    object = property.value;
  }
  return found;
}

/** Adds to what a node holds. @param name null for an item of a list */
function addition(text: string, holder: Node, name: string | null, value: unknown): Edit[] {
  const [first] = holder.children ?? [];
  const last = holder.children?.at(-1);
  const member = (lineStart: string | null) =>
    `${name === null ? '' : `${JSON.stringify(name)}: `}${lineStart === null ? inOneLine(value) : printed(value, unitOf(text), lineStart)}`;
  if (first === undefined || last === undefined) {
    const close = endOf(holder) - 1;
    const inside = text.slice(holder.offset + 1, close).trimEnd();
    const offset = holder.offset + 1 + inside.length;
    const outer = lineEndOf(text) + indentAt(text, holder.offset);
    const inner = outer + unitOf(text);
    return [{ offset, length: close - offset, content: inner + member(inner) + outer }];
  }
  const end = endOf(last);
  const { comma, lineEnd } = after(text, end);
  const edits: Edit[] = comma === null ? [{ offset: end, length: 0, content: ',' }] : [];
  const trailing = comma === null ? '' : ',';
  if (!text.slice(holder.offset, first.offset).includes('\n')) {
    const content = `${comma === null ? ', ' : ' '}${member(null)}${trailing}`;
    return [{ offset: comma === null ? end : comma + 1, length: 0, content }];
  }
  const lineStart = lineEndOf(text) + indentAt(text, first.offset);
  return [...edits, { offset: lineEnd, length: 0, content: lineStart + member(lineStart) + trailing }];
}

/** Takes a comma with it, and the line if nothing else is on it. */
function removal(text: string, { holder, node }: Member): Edit[] {
  const { comma } = after(text, endOf(node));
  const edits = [wholeLine(text, node.offset, comma === null ? endOf(node) : comma + 1)];
  const before = holder.children?.[(holder.children?.indexOf(node) ?? 0) - 1];
  const commaBefore = before && comma === null ? after(text, endOf(before)).comma : null;
  if (commaBefore !== null) edits.push({ offset: commaBefore, length: 1, content: '' });
  return edits;
}

function wholeLine(text: string, start: number, end: number): Edit {
  const [blankBefore = ''] = /[ \t]*$/.exec(text.slice(0, start)) ?? [];
  const [lineEnd] = /^[ \t]*(?:\r?\n|$)/.exec(text.slice(end)) ?? [];
  const from = start - blankBefore.length;
  if (lineEnd !== undefined && text[from - 1] === '\n')
    return { offset: from, length: end + lineEnd.length - from, content: '' };
  return { offset: from, length: end - from, content: '' };
}

/** The comma that follows a property, if any, and where what belongs to the property ends, comments on its line included. */
function after(text: string, end: number): { comma: number | null; lineEnd: number } {
  const scanner = createScanner(text);
  scanner.setPosition(end);
  let comma: number | null = null;
  let lineEnd = end;
  for (let sameLine = true; ; ) {
    const kind = scanner.scan();
    const offset = scanner.getTokenOffset();
    if (kind === kinds.comma && comma === null) comma = offset;
    else if (kind === kinds.lineBreak) sameLine = false;
    else if (!isTrivia(kind)) return { comma, lineEnd };
    if (kind === kinds.comma || (sameLine && isComment(kind))) lineEnd = offset + scanner.getTokenLength();
  }
}

function isComment(kind: number): boolean {
  return kind === kinds.lineComment || kind === kinds.blockComment;
}

function isTrivia(kind: number): boolean {
  return isComment(kind) || kind === kinds.blanks || kind === kinds.lineBreak;
}

function endOf({ offset, length }: Node): number {
  return offset + length;
}

function nested(path: readonly string[], value: unknown): unknown {
  return path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value);
}

/** The blanks at the start of the line that an offset is in. */
function indentAt(text: string, offset: number): string {
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1);
  return /^[ \t]*/.exec(line)?.[0] ?? '';
}

/** What one more level is indented by: as the first line that is. */
function unitOf(text: string): string {
  return /\n([ \t]+)["/]/.exec(text)?.[1] ?? '  ';
}

/**
 * Objects, and lists of them, take a line for each member; other lists take one.
 * @param lineStart the end of a line and the indentation of the next
 */
function printed(value: unknown, unit: string, lineStart: string): string {
  if (typeof value !== 'object' || value === null) return inOneLine(value);
  const inner = lineStart + unit;
  if (Array.isArray(value)) {
    if (!value.some((item) => typeof item === 'object')) return inOneLine(value);
    const items = value.map((item) => printed(item, unit, inner));
    return `[${inner}${items.join(`,${inner}`)}${lineStart}]`;
  }
  const rows = Object.entries(value).map(
    ([name, one]) => `${JSON.stringify(name)}: ${printed(one, unit, inner)}`,
  );
  return `{${inner}${rows.join(`,${inner}`)}${lineStart}}`;
}

function inOneLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inOneLine).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const rows = Object.entries(value).map(([name, one]) => `${JSON.stringify(name)}: ${inOneLine(one)}`);
  return `{ ${rows.join(', ')} }`;
}
