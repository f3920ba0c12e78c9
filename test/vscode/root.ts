/** Where the repository is, for programs that run from out/. */

import { existsSync } from 'node:fs';
import path from 'node:path';

/** The folder of package.json, looked for upwards from this program. */
export function repositoryRoot(): string {
  let folder = __dirname;
  while (!existsSync(path.join(folder, 'package.json'))) {
    const parent = path.dirname(folder);
    if (parent === folder) throw new Error(`No package.json in any folder above ${__dirname}`);
    folder = parent;
  }
  return folder;
}

/** A path inside the repository. */
export function inRepository(...parts: string[]): string {
  return path.join(repositoryRoot(), ...parts);
}
