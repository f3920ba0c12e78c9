/** Writes tools for agents into the text of a `sparkq.yml` that is there. Pure. */

import { isDeepStrictEqual } from 'node:util';
import { isMap, isNode, isScalar, parse, parseDocument, type YAMLMap } from 'yaml';
import type { AgentName } from '../core/config';
import { agentToolLines } from './agentTools';
import { changedText, lineEndOf, type TextChange } from './textChange';

/** Those of the agents for which the text has no tool, and whose name no other tool has. */
export function agentsWithoutTool(text: string, agents: readonly AgentName[]): AgentName[] {
  try {
    const tools: Record<string, { agent?: unknown } | null> = parse(text)?.tools ?? {};
    const present = Object.values(tools).map((tool) => tool?.agent);
    return agents.filter((name) => !Object.hasOwn(tools, name) && !present.includes(name));
  } catch {
    return [];
  }
}

/** The only change that adds a tool for each of them; null for a text in which that would change more. */
export function changeToAgentTools(text: string, agents: readonly AgentName[]): TextChange | null {
  try {
    const change = changeFor(text, agents);
    if (change === null) return null;
    const before = parse(text) ?? {};
    const added = parse(['tools:', ...agentToolLines(agents)].join('\n'));
    const wanted = { ...before, tools: { ...before.tools, ...added.tools } };
    return isDeepStrictEqual(parse(changedText(text, change)), wanted) ? change : null;
  } catch {
    return null;
  }
}

function changeFor(text: string, agents: readonly AgentName[]): TextChange | null {
  const { contents } = parseDocument(text);
  if (contents !== null && (!isMap(contents) || contents.flow)) return null;
  const tools = contents?.items.find(({ key }) => isScalar(key) && key.value === 'tools');
  if (tools === undefined) return insertion(text, text.length, ['', 'tools:', ...agentToolLines(agents)]);
  const { value } = tools;
  if (isMap(value) && value.flow) return null;
  const last = isMap(value) ? value.items.at(-1)?.value : value;
  const [, end] = (isNode(last) && last.range) || [];
  if (end === undefined) return null;
  const indent = isMap(value) ? indentOf(text, value) : '  ';
  const lines = agentToolLines(agents).map((line) => line.replace(/^ {2}/, indent));
  return insertion(text, end, lines);
}

function indentOf(text: string, { items: [first] }: YAMLMap): string {
  const [start = 0] = (isScalar(first?.key) && first.key.range) || [];
  return text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
}

/** Whole lines, after the line in which `end` is. */
function insertion(text: string, end: number, lines: readonly string[]): TextChange {
  const lineEnd = lineEndOf(text);
  const found = end > 0 && text[end - 1] === '\n' ? end - 1 : text.indexOf('\n', end);
  const start = found < 0 ? text.length : found + 1;
  const gap = text === '' || text[start - 1] === '\n' ? '' : lineEnd;
  const content = lines.slice(text === '' && lines[0] === '' ? 1 : 0).join(lineEnd);
  return { start, end: start, content: gap + content + lineEnd };
}
