/** Writes `agents.default` into the text of a `sparkq.yml`. Pure. */

import { isDeepStrictEqual } from 'node:util';
import { isMap, isNode, isScalar, parse, parseDocument, stringify, type YAMLMap } from 'yaml';
import { changedText, lineEndOf, type TextChange } from './textChange';

/** The only change that names the tool; null for a text in which it cannot be named without changing more. */
export function changeToDefaultTool(text: string, tool: string): TextChange | null {
  const change = changeFor(text, stringify(tool).trimEnd(), lineEndOf(text));
  if (change === null) return null;
  try {
    const before = parse(text) ?? {};
    const wanted = { ...before, agents: { ...before.agents, default: tool } };
    return isDeepStrictEqual(parse(changedText(text, change)), wanted) ? change : null;
  } catch {
    return null;
  }
}

function changeFor(text: string, tool: string, lineEnd: string): TextChange | null {
  const { contents } = parseDocument(text);
  if (contents === null) return addition(text, tool, lineEnd);
  if (!isMap(contents) || contents.flow) return null;
  const agents = pairOf(contents, 'agents');
  if (agents === undefined) return addition(text, tool, lineEnd);
  const { value } = agents;
  if (!isMap(value)) return replacement(value, `${lineEnd}  default: ${tool}`);
  const present = pairOf(value, 'default');
  if (present !== undefined) return replacement(present.value, tool, ' ');
  const [first] = value.items;
  if (first === undefined) return replacement(value, `{ default: ${tool} }`);
  const [start] = (isScalar(first.key) && first.key.range) || [];
  if (start === undefined) return null;
  const indent = ' '.repeat(start - (text.lastIndexOf('\n', start - 1) + 1));
  return { start, end: start, content: `default: ${tool}${value.flow ? ', ' : lineEnd + indent}` };
}

function pairOf(map: YAMLMap, name: string) {
  return map.items.find(({ key }) => isScalar(key) && key.value === name);
}

/** At the end of the file. */
function addition(text: string, tool: string, lineEnd: string): TextChange {
  const gap = text === '' ? '' : text.endsWith('\n') ? lineEnd : lineEnd + lineEnd;
  const content = `${gap}agents:${lineEnd}  default: ${tool}${lineEnd}`;
  return { start: text.length, end: text.length, content };
}

/** @param gap before what is put where nothing is */
function replacement(node: unknown, content: string, gap = ''): TextChange | null {
  const [start, end] = (isNode(node) && node.range) || [];
  if (start === undefined || end === undefined) return null;
  return { start, end, content: start === end ? gap + content : content };
}
