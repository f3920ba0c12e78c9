/** A quick look at a line of the archive, as it is written, which spares parsing most of those that a search leaves out. */

import { folded, plainPath } from '../../core/textSearch';

/** What JSON may write in another way than it reads, and marks, which could join the letter of an escape before them. */
const changeable = /["\\/\p{C}\p{M}]/u;

/** In the line or in the payload that it quotes: any character may be behind it. */
const anyCharacter = /\\u[\da-f]{4}/i;

interface Wanted {
  q?: string;
  script?: string;
  stream?: string;
  status?: string;
}

/** Whether a line may be of a task that is searched for; false only if it cannot be one. */
export function rawCheck({ q, script, stream, status }: Wanted): (line: string) => boolean {
  const texts = [q, stream, status].map((text = '') => folded(text)).concat(plainPath(script ?? ''));
  // The parts that are written as they read.
  const parts = texts.flatMap((text) => text.split(changeable)).filter((part) => part !== '');
  if (parts.length === 0) return () => true;
  return (line) => {
    if (line.includes('\\u') && anyCharacter.test(line)) return true;
    const text = folded(line);
    return parts.every((part) => text.includes(part));
  };
}
