/** Reads any file that names something to run. Loaded late: YAML and JSON with comments come with it. */

import { readJustfile } from './just';
import { readMakefile } from './make';
import type { Reading, SourceFile, SourceName } from './namedCommand';
import { readPackage } from './npm';
import type { PackageManager } from './packageManager';
import { readTaskfile } from './taskfile';
import { readTasksJson } from './vscodeTasks';

/** @returns with the package manager that the file names, if it is one of a package */
export function readSource(
  source: SourceName,
  file: SourceFile,
  platform: NodeJS.Platform = process.platform,
): Reading & { manager?: PackageManager | null } {
  switch (source) {
    case 'npm':
      return readPackage(file);
    case 'make':
      return readMakefile(file);
    case 'just':
      return readJustfile(file);
    case 'task':
      return readTaskfile(file);
    case 'vscode':
      return readTasksJson(file, platform);
  }
}
