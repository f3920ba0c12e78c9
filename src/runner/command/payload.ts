/** Reads the fields of a payload, which may hold anything: clients write it. */

import { ExactNumber } from '../../core/exactJson';

/** A task cannot be started. The message becomes the task's error. */
export class CouldNotStart extends Error {
  override readonly name = 'CouldNotStart';
}

export type Fields = Readonly<Record<string, unknown>>;

/** A string field; null when it is missing, null or blank. */
export function textOf(fields: Fields, name: string): string | null {
  const value = fields[name] ?? null;
  if (value === null) return null;
  if (typeof value !== 'string') throw new CouldNotStart(`"${name}" of the payload is not a string.`);
  if (value.includes('\0')) throw new CouldNotStart(`"${name}" of the payload contains a zero byte.`);
  return value.trim() === '' ? null : value;
}

/** A list of strings; numbers are texts as they were written, and booleans too. */
export function textsOf(fields: Fields, name: string): string[] {
  const value = fields[name] ?? [];
  if (!Array.isArray(value)) throw new CouldNotStart(`"${name}" of the payload is not a list.`);
  return value.map((item: unknown) => plainText(item, name));
}

/** Variable names and values. */
export function variablesOf(fields: Fields, name: string): Record<string, string> {
  const value = fields[name] ?? {};
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof ExactNumber) {
    throw new CouldNotStart(`"${name}" of the payload is not an object.`);
  }
  return Object.fromEntries(
    Object.entries(value).map(([variable, item]: [string, unknown]) => {
      if (!/^[^=\0]+$/.test(variable)) throw new CouldNotStart(`"${variable}" is not a valid variable name.`);
      return [variable, plainText(item, name)];
    }),
  );
}

function plainText(value: unknown, name: string): string {
  const text = value instanceof ExactNumber ? value.text : value;
  if (typeof text === 'boolean') return String(text);
  if (typeof text !== 'string') {
    throw new CouldNotStart(`"${name}" of the payload contains something other than strings.`);
  }
  if (text.includes('\0')) throw new CouldNotStart(`"${name}" of the payload contains a zero byte.`);
  return text;
}
