/** Notices when a program of this user gives a folder a queue. */

import { existsSync, type FSWatcher } from 'node:fs';
import path from 'node:path';
import { watchFolder } from '../system/folderWatch';

/**
 * Calls back after each change of the registry in a user folder, which need not exist yet. Where its system reports no
 * changes, nothing is noticed.
 */
export function watchRegistry(home: string, onChange: () => void): { dispose(): void } {
  let watcher: FSWatcher | null = null;
  const begin = () => {
    watcher?.close();
    watcher = existsSync(home)
      ? watchFolder(home, (name) => {
          if (name === null || name.startsWith('registry.json')) onChange();
        })
      : watchFolder(path.dirname(home), (name) => {
          if ((name !== null && name !== path.basename(home)) || !existsSync(home)) return;
          begin();
          onChange();
        });
  };
  begin();
  return { dispose: () => watcher?.close() };
}
