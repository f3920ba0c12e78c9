/** Reads the fields of a payload, which anybody may have written. */

import { CouldNotStart } from './couldNotStart';

export type Fields = Readonly<Record<string, unknown>>;

/** A text field; null when it is missing, null or blank. */
export function textOf(fields: Fields, name: string): string | null {
  const value = fields[name] ?? null;
  if (value === null) return null;
  if (typeof value !== 'string') throw new CouldNotStart(`"${name}" of the payload is not a text.`);
  if (value.includes('\0')) throw new CouldNotStart(`"${name}" of the payload holds a zero byte.`);
  return value.trim() === '' ? null : value;
}

/** A list of texts; numbers and booleans are written out. */
export function textsOf(fields: Fields, name: string): string[] {
  const value = fields[name] ?? [];
  if (!Array.isArray(value)) throw new CouldNotStart(`"${name}" of the payload is not a list.`);
  return value.map((item: unknown) => plainText(item, name));
}

/** Variable names and values. */
export function variablesOf(fields: Fields, name: string): Record<string, string> {
  const value = fields[name] ?? {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new CouldNotStart(`"${name}" of the payload is not an object.`);
  }
  return Object.fromEntries(
    Object.entries(value).map(([variable, item]: [string, unknown]) => {
      if (!/^[^=\0]+$/.test(variable)) throw new CouldNotStart(`"${variable}" is no name of a variable.`);
      return [variable, plainText(item, name)];
    }),
  );
}

function plainText(value: unknown, name: string): string {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    throw new CouldNotStart(`"${name}" of the payload holds something other than texts.`);
  }
  const text = String(value);
  if (text.includes('\0')) throw new CouldNotStart(`"${name}" of the payload holds a zero byte.`);
  return text;
}
