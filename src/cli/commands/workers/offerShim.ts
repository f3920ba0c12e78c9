/** Offers to put `sparkq` on PATH. */

import os from 'node:os';
import path from 'node:path';
import { shimIn, userFoldersOnPath, writeShim } from '../../../system/commandLineShim';
import { confirmOnTerminal } from '../../terminal/dialogue';
import { writeError } from '../../terminal/streams';
import { programs } from '../../version';

/** Asks on a terminal, if one of the user's own folders is on PATH; answers whether `sparkq` is there now. */
export async function offerShim(searchPath: string): Promise<boolean> {
  const { platform } = process;
  const folders = userFoldersOnPath(searchPath, os.homedir(), platform);
  // Others belong to programs, such as a version of Node.js.
  const usual = folders.filter((folder) => folder === path.join(os.homedir(), '.local', 'bin'));
  const [file] = [...usual, ...folders].flatMap((folder) => {
    const shim = shimIn(folder, platform);
    return shim.isTaken ? [] : [shim.file];
  });
  if (file === undefined || !(await confirmOnTerminal(`Put it there, as ${file}?`, true))) return false;
  const facts = { extension: path.dirname(programs), editor: process.execPath, home: os.homedir() };
  writeShim(file, facts, platform);
  writeError(`Wrote ${file}\n`);
  return true;
}
