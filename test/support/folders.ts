import { mkdirSync, mkdtempSync, realpathSync, symlinkSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { isErrno } from '../../src/system/errno';

const prefix = path.join(os.tmpdir(), 'sparkq-');

/** Calls `use` with a new temporary folder, and removes it afterwards. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(prefix);
  try {
    return await use(folder);
  } finally {
    await removeFolder(folder);
  }
}

/** Makes a folder with these subfolders for each test of the enclosing suite, and removes it afterwards. */
export function useFolder(...subfolders: string[]): () => string {
  let folder = '';
  beforeEach(() => {
    folder = temporaryFolder();
    for (const name of subfolders) makeFolder(folder, name);
  });
  afterEach(() => removeFolder(folder));
  return () => folder;
}

/** A new folder for one test: its real path. */
export function temporaryFolder(): string {
  return realpathSync(mkdtempSync(prefix));
}

/**
 * Windows lets go of the files of a process that has ended a moment later, and a file that somebody still reads stays until
 * then: this process has to go on meanwhile, for the reader may be in it.
 */
export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 20 });
}

export function makeFolder(...parts: string[]): string {
  const folder = path.join(...parts);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Makes `link` lead to a folder, which may be missing; skips the test where the system makes no links, as wine. */
export function linkFolder(test: Mocha.Context, folder: string, link: string): void {
  try {
    // Windows asks for no rights only for this kind.
    symlinkSync(folder, link, 'junction');
  } catch (error) {
    if (!isErrno(error, 'ENOTSUP')) throw error;
    test.skip();
  }
}
