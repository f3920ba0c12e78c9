/** Finding text that somebody types in what tasks contain. */

import { scanJson, unquoted } from './exactJson';

/** Separates texts that are searched together: nobody searches for it. */
export const separator = '\u001f';

/**
 * Text for comparison without regard to case, as Unicode folds it: `ß`, `ẞ` and `SS` are the same, and so are a letter
 * with its accent and the two apart.
 */
export function folded(text: string): string {
  // Lower case first: the capital ß has no other capital form.
  return text.normalize().toLowerCase().toUpperCase();
}

/**
 * The values in JSON: texts as they read, numbers as they are written, true and false. Keys and null are no values. Of
 * text that is not an object or list, all of it.
 */
export function valuesIn(json: string): string {
  if (!/^\s*[[{]/.test(json)) return json;
  const values: string[] = [];
  scanJson(json, (part, from, to) => {
    if (part !== 'text' && part !== 'number' && part !== 'word') return;
    const value = json.slice(from, to);
    if (part === 'text') values.push(unquoted(value));
    else if (value !== 'null') values.push(value);
  });
  return values.join(separator);
}

/**
 * Whether the payload, JSON, is of a script with this path in the workspace, or with one that ends with it. Without regard
 * to case, as Windows has it.
 */
export function isOfScript(wanted: string, payload: string): boolean {
  const { script_path: script } = Object(parsed(payload)) as { script_path?: unknown };
  return typeof script === 'string' && `/${plainPath(script)}`.endsWith(`/${plainPath(wanted)}`);
}

/** A path for comparison, without regard to case, to the kind of slash or to a slash at its start. */
export function plainPath(text: string): string {
  return folded(
    text
      .trim()
      .replaceAll('\\', '/')
      .replace(/^(\.?\/)+/, ''),
  );
}

/** Null for what is no JSON. */
export function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

/** Whether `texts` or a value in `json` contains `wanted`, which is folded. */
export function finds(wanted: string, json: string, texts: string): boolean {
  return folded(texts).includes(wanted) || folded(valuesIn(json)).includes(wanted);
}
