/** Requests to a supervisor are files that are there or not. */

import * as fs from 'node:fs';
import * as path from 'node:path';
import { watchFolder } from '../../system/folderWatch';

/** A file is watched, and polled this often in case the watch fails, milliseconds. */
const pollInterval = 1_000;

/** Calls back at once if the file is there, and whenever it comes or goes. Returns what ends the watch. */
export function watchPresence(file: string, onChange: (present: boolean) => void): () => void {
  let known = false;
  const check = () => {
    const present = fs.existsSync(file);
    if (present === known) return;
    known = present;
    onChange(present);
  };
  const poll = setInterval(check, pollInterval);
  const watcher = watchFolder(path.dirname(file), (name) => {
    if (name === null || name === path.basename(file)) check();
  });
  check();
  return () => {
    clearInterval(poll);
    watcher?.close();
  };
}
