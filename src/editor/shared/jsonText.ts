/** JSON as text: what people wrote stays as they wrote it, which reading and printing its values would not keep. Pure. */

import { format, type ParseError, parse } from 'jsonc-parser';

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
    // The error says where for some mistakes only, and each version of Node in other words.
    const mistakes: ParseError[] = [];
    parse(text, mistakes, { disallowComments: true, allowTrailingComma: false });
    const lines = text.slice(0, mistakes[0]?.offset).split('\n');
    return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
  }
}

/**
 * JSON with line breaks and indentation, its numbers and strings as they are: 2^53 + 1 stays that, and 1.0 as well. Any
 * other text stays as it is.
 */
export function indented(text: string): string {
  if (findJsonProblem(text)) return text;
  const parts: string[] = [];
  let at = 0;
  // One after the other: the library's own way copies the whole text for each of them.
  for (const { offset, length, content } of format(text, undefined, { insertSpaces: true, tabSize: 2 })) {
    parts.push(text.slice(at, offset), content);
    at = offset + length;
  }
  return parts.join('') + text.slice(at);
}

/** `indented` for one who asks for the same text again and again: a long one takes its time. */
export function indentedOnce(): (text: string) => string {
  let last = { text: '', laidOut: '' };
  return (text) => {
    if (text !== last.text) last = { text, laidOut: indented(text) };
    return last.laidOut;
  };
}
