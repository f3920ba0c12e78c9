/** Puts the built extension where a VS Code looks for installed ones. */

import { existsSync, readFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { inRepository } from './root';

/** What of the repository an installed extension consists of. */
const parts = ['package.json', 'package.nls.json', 'dist', 'media', 'l10n'];

/**
 * Puts the extension below the `extensions` folder of a VS Code's data: a copy of it as it is built now, or links,
 * which a reload of the window follows to what has been built since.
 */
export async function installExtension(data: string, how: 'copy' | 'link' = 'copy'): Promise<void> {
  const { publisher, name, version } = JSON.parse(readFileSync(inRepository('package.json'), 'utf8')) as {
    publisher: string;
    name: string;
    version: string;
  };
  const target = path.join(data, 'extensions', `${publisher}.${name}-${version}`);
  await fs.rm(target, { recursive: true, force: true });
  await fs.mkdir(target, { recursive: true });
  for (const part of parts) {
    const source = inRepository(part);
    if (!existsSync(source)) continue;
    if (how === 'link') await fs.symlink(source, path.join(target, part));
    else await fs.cp(source, path.join(target, part), { recursive: true });
  }
}
