/** JSON as text: keeps numbers and strings as people wrote them, which parsing and printing would not. Pure. */

import { format, type ParseError, parse } from 'jsonc-parser';

export interface JsonProblem {
  /** Both from 1. */
  line: number;
  column: number;
}

/** The position of the first mistake; undefined for valid JSON. */
export function findJsonProblem(text: string): JsonProblem | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch {
    // The error contains the position only for some mistakes, and each version of Node words it differently.
    const mistakes: ParseError[] = [];
    parse(text, mistakes, { disallowComments: true, allowTrailingComma: false });
    const lines = text.slice(0, mistakes[0]?.offset).split('\n');
    return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
  }
}

/**
 * JSON with line breaks and indentation. Its numbers and strings stay as they are, such as 2^53 + 1 and 1.0; so does
 * text that is not JSON.
 */
export function indented(text: string): string {
  if (findJsonProblem(text)) return text;
  const parts: string[] = [];
  let at = 0;
  // The library's `applyEdits` copies the whole text for each edit.
  for (const { offset, length, content } of format(text, undefined, { insertSpaces: true, tabSize: 2 })) {
    parts.push(text.slice(at, offset), content);
    at = offset + length;
  }
  return parts.join('') + text.slice(at);
}

/** `indented` that remembers its last result: formatting a long text takes a while. */
export function indentedOnce(): (text: string) => string {
  let last = { text: '', laidOut: '' };
  return (text) => {
    if (text !== last.text) last = { text, laidOut: indented(text) };
    return last.laidOut;
  };
}
