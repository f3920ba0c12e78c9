import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

const prefix = path.join(os.tmpdir(), 'sparkq-');

/** Calls `use` with a new temporary folder, and removes it afterwards. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(prefix);
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Makes a folder with these subfolders for each test of the enclosing suite, and removes it afterwards. */
export function useFolder(...subfolders: string[]): () => string {
  let folder = '';
  beforeEach(() => {
    folder = temporaryFolder();
    for (const name of subfolders) makeFolder(folder, name);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return () => folder;
}

/** A new folder for one test: its real path. */
export function temporaryFolder(): string {
  return realpathSync(mkdtempSync(prefix));
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

export function makeFolder(...parts: string[]): string {
  const folder = path.join(...parts);
  mkdirSync(folder, { recursive: true });
  return folder;
}
