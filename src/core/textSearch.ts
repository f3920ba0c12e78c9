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

/** Whether `texts` or a value in `json` contains `wanted`, which is folded. */
export function finds(wanted: string, json: string, texts: string): boolean {
  return folded(texts).includes(wanted) || folded(valuesIn(json)).includes(wanted);
}
