/** Writes the sample workspace that comes with the extension. Does not depend on VS Code. */

import { cp, mkdir } from 'node:fs/promises';
import path from 'node:path';

const name = 'sparkq-sample';

/**
 * Copies the sample into a new folder, so that nothing is overwritten.
 * @param sample the folder to copy
 * @param parent of the new folder; created if it is missing
 * @returns the new folder
 */
export async function writeSample(sample: string, parent: string): Promise<string> {
  await mkdir(parent, { recursive: true });
  const folder = await newFolder(parent);
  await cp(sample, folder, { recursive: true, force: false });
  return folder;
}

async function newFolder(parent: string): Promise<string> {
  for (let number = 1; ; number++) {
    const folder = path.join(parent, number === 1 ? name : `${name}-${number}`);
    try {
      await mkdir(folder);
      return folder;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}
