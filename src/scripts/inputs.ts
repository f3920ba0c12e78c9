/** Parses the `inputs` of a header, so that the editor can ask for each argument. */

export interface ScriptInput {
  name: string;
  required: boolean;
  default: string | null;
  description: string | null;
}

/**
 * Inputs are separated by commas: `NAME`, `NAME (optional)`, `NAME?`, `NAME=default`, each with an optional
 * ` - description`. Commas in brackets do not separate. An input is required unless it says otherwise.
 */
export function parseInputs(inputs: string | null): ScriptInput[] {
  const text = (inputs ?? '').replace(/\s+/g, ' ').trim();
  if (/^(none|n\/a|-)?$/i.test(text)) return [];
  return splitOutsideBrackets(text).map(parseInput);
}

function parseInput(item: string): ScriptInput {
  const marks = item.match(/\((?:optional|required)\)/gi) ?? [];
  const [head = '', ...rest] = item.replace(/\s*\((?:optional|required)\)/gi, '').split(/\s+-\s+/);
  const [, name = head, question, value] = /^([^=?]+?)\s*(\?)?\s*(?:=\s*(.*))?$/.exec(head.trim()) ?? [];
  const optional =
    marks.some((mark) => /optional/i.test(mark)) || question !== undefined || value !== undefined;
  return {
    name: name.trim(),
    required: !optional,
    default: value ?? null,
    description: rest.join(' - ').trim() || null,
  };
}

function splitOutsideBrackets(text: string): string[] {
  const items = [''];
  let depth = 0;
  for (const char of text) {
    if ('([{'.includes(char)) depth += 1;
    if (')]}'.includes(char)) depth = Math.max(0, depth - 1);
    if (char === ',' && depth === 0) items.push('');
    else items[items.length - 1] += char;
  }
  return items.map((item) => item.trim()).filter((item) => item !== '');
}
