/** The files that a pattern names, as a shell would find them. */

import fs from 'node:fs';
import path from 'node:path';
import { globSync } from 'tinyglobby';

/**
 * Files that match, in the order of their names; folders, where the pattern ends with a slash. `*`, `?` and `[a-z]` match
 * within one name, `**` any folders, `{a,b}` either text. Names with a dot in front match only a pattern that has it, too.
 * Links to folders are not followed, since they can lead in circles. On Windows `\` separates names as well; what is
 * found has `/`.
 * @param folder where a relative pattern starts
 */
export function filesMatching(pattern: string, folder: string): string[] {
  const posix = process.platform === 'win32' ? pattern.replaceAll('\\', '/') : pattern;
  // As in a shell, these have no meaning: `report (1).csv` is a name.
  const escaped = posix.replace(/[()|]|^!/g, '\\$&');
  const wantsFolders = posix.endsWith('/');
  const found = globSync(escaped, {
    cwd: folder,
    absolute: path.isAbsolute(pattern),
    caseSensitiveMatch: process.platform === 'linux',
    expandDirectories: false,
    followSymbolicLinks: false,
    onlyDirectories: wantsFolders,
  });
  // A link may be found as a file, whatever it leads to.
  const isFile = (name: string) =>
    fs.statSync(path.resolve(folder, name), { throwIfNoEntry: false })?.isFile() === true;
  return (wantsFolders ? found : found.filter(isFile)).sort(byName);
}

/** Names that a program counts up stand in the order of their numbers. */
const collator = new Intl.Collator('en', { numeric: true });

function byName(a: string, b: string): number {
  return collator.compare(a, b) || (a < b ? -1 : Number(a > b));
}
