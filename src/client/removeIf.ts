/** Removing a file only while it still says what was read in it. */

import { linkSync, renameSync, rmSync } from 'node:fs';
import { randomHex } from '../core/ids';
import { isErrno, readFileIfAny } from '../system/wholeFiles';

/**
 * Removes `file` when `condition` holds for its text, and says whether it did. Whoever replaces the file meanwhile
 * does not lose the new one: it is looked at under another name, and put back when it is not meant.
 */
export function removeIf(file: string, condition: (text: string) => boolean): boolean {
  const text = readFileIfAny(file);
  if (text === null || !condition(text)) return false;
  const aside = `${file}.${randomHex(4)}.tmp`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false;
    throw error;
  }
  try {
    const meant = condition(readFileIfAny(aside) ?? '');
    if (!meant) putBack(aside, file);
    return meant;
  } finally {
    rmSync(aside, { force: true });
  }
}

function putBack(aside: string, file: string): void {
  try {
    linkSync(aside, file);
  } catch (error) {
    // A still newer one has taken its place.
    if (!isErrno(error, 'EEXIST')) throw error;
  }
}
