import * as fs from 'node:fs';

/**
 * Calls back when an entry of a folder changes, with its name where the platform provides it. Null where the folder
 * cannot be watched: callers poll as well. It keeps no process alive.
 */
export function watchFolder(folder: string, onChange: (name: string | null) => void): fs.FSWatcher | null {
  try {
    const watcher = fs.watch(folder, { persistent: false }, (_, name) => onChange(name));
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return null;
  }
}
