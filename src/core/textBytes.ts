/** The text in the bytes of somebody's file. */

import { QueueError } from './errors';

const encodings = ['utf-16le', 'utf-16be'] as const;
const marks: Readonly<Record<(typeof encodings)[number], readonly number[]>> = {
  'utf-16le': [0xff, 0xfe],
  'utf-16be': [0xfe, 0xff],
};

/** UTF-16 if the bytes start with its byte order mark, else UTF-8. */
export function encodingOf(bytes: Uint8Array): 'utf-8' | (typeof encodings)[number] {
  return encodings.find((name) => marks[name].every((byte, at) => bytes[at] === byte)) ?? 'utf-8';
}

/**
 * Decodes UTF-8, or UTF-16 that starts with a byte order mark, which is left out; null for anything else, such as
 * Latin-1, UTF-16 without a mark, or data: guessing would change the text in silence.
 */
export function decodeText(bytes: Uint8Array): string | null {
  try {
    const text = new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes);
    return text.includes('\0') ? null : text;
  } catch {
    return null;
  }
}

/** What to do with a file that `decodeText` refuses. */
export const saveAsUtf8 = 'Save it as UTF-8, or as UTF-16 with a byte order mark.';

/** What `decodeText` gives. @param what starts the sentence, e.g. "The prompt file a.md" @throws QueueError */
export function textOfBytes(bytes: Uint8Array, what: string): string {
  const text = decodeText(bytes);
  if (text === null) throw new QueueError('invalid_field', `${what} is not UTF-8 text`, saveAsUtf8);
  return text;
}
