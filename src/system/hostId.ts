/** Which host this is: this machine, for this user. */

import path from 'node:path';
import { isId, newId } from '../core/ids';
import { makeFolder } from './folders';
import { createFile, readFileIfAny, removeFileIf } from './wholeFiles';

/** The host's id, which it keeps for good. @param home the user folder */
export function hostId(home: string): string {
  makeFolder(home);
  const file = path.join(home, 'host');
  // Whoever is first names it; of a text that is no id nothing is lost.
  for (;;) {
    const known = readFileIfAny(file);
    if (known === null) createFile(file, `${newId('host')}\n`, true);
    else if (isHost(known)) return known.trim();
    else removeFileIf(file, (text) => !isHost(text));
  }
}

function isHost(text: string): boolean {
  return isId(text.trim(), 'host');
}
