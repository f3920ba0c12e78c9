/**
 * What tests need besides npm's modules, fetched once for all checkouts of this machine. Each entry is a folder that is
 * built beside its place and moved there, so what is there is whole.
 */

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { withMachineLock } from './machineLock';

/** Where entries are kept: `SPARKQ_TEST_CACHE`, else below the user's cache folder. */
function cacheFolder(): string {
  const base = process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache');
  return process.env.SPARKQ_TEST_CACHE || path.join(base, 'sparkq-test');
}

/**
 * The folder of the entry `name`, built by `build` where it is not there yet. The name holds the versions of everything
 * in it.
 */
export async function cached(name: string, build: (folder: string) => Promise<void>): Promise<string> {
  const cache = cacheFolder();
  const folder = path.join(cache, name);
  if (existsSync(folder)) return folder;
  await withMachineLock(`sparkq-test-${createHash('sha256').update(cache).digest('hex')}`, async () => {
    if (existsSync(folder)) return;
    await fs.mkdir(cache, { recursive: true });
    for (const left of await fs.readdir(cache)) {
      if (left.startsWith('building-')) await fs.rm(path.join(cache, left), { recursive: true, force: true });
    }
    const building = await fs.mkdtemp(path.join(cache, 'building-'));
    try {
      say(`Fetching ${name} (once, into ${cache})`);
      await build(building);
      await fs.rename(building, folder);
    } finally {
      await fs.rm(building, { recursive: true, force: true });
    }
  });
  return folder;
}

/** Tells whoever waits what is being done. */
export function say(sentence: string): void {
  console.error(`[provision] ${sentence}`);
}
