/** Temporary places for tests: a copy of the sample workspace and the folders of a user. */

import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { inRepository } from './root';

/** Copies the sample workspace. Its files may be changed freely. */
export async function copySampleWorkspace(target: string): Promise<void> {
  await fs.cp(inRepository('media', 'sample'), target, { recursive: true });
}

export interface TemporaryPlace {
  /** Holds all the others. */
  root: string;
  /** A copy of the sample workspace. */
  workspace: string;
  /** For SPARKQ_HOME: nothing touches the queues of whoever runs the tests. */
  home: string;
  /** For what VS Code keeps. */
  data: string;
  remove(): Promise<void>;
}

/** @param purpose a word for the name of the folder */
export async function makeTemporaryPlace(purpose: string): Promise<TemporaryPlace> {
  const root = await fs.realpath(await fs.mkdtemp(path.join(os.tmpdir(), `sparkq-${purpose}-`)));
  const place = {
    root,
    workspace: path.join(root, 'workspace'),
    home: path.join(root, 'home'),
    data: path.join(root, 'vscode'),
    remove: () => fs.rm(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
  };
  await copySampleWorkspace(place.workspace);
  await fs.mkdir(place.data);
  return place;
}
