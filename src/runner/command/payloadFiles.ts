/** The files that a payload names. Each is looked at once, so that what is compared is also what is started. */

import * as fs from 'node:fs/promises';
import { whenFree } from '../../system/heldFiles';
import { type RunFolders, readableFile } from './workspacePaths';

export class PayloadFiles {
  private readonly paths = new Map<string, Promise<string>>();
  private readonly contents = new Map<string, Promise<Buffer>>();

  constructor(private readonly folders: RunFolders) {}

  /**
   * The absolute path of a readable file of the workspace.
   * @param what starts the sentence of an error, e.g. "The script"
   * @throws CouldNotStart
   */
  find(name: string, what: string): Promise<string> {
    return once(this.paths, name, () => readableFile(name, what, this.folders));
  }

  /** @param file an absolute path */
  read(file: string): Promise<Buffer> {
    return once(this.contents, file, () => whenFree(file, () => fs.readFile(file)));
  }
}

function once<T>(known: Map<string, Promise<T>>, key: string, look: () => Promise<T>): Promise<T> {
  const found = known.get(key) ?? look();
  known.set(key, found);
  return found;
}
