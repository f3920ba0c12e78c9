/** Installs the extension in the server build of VS Code: as it is built now, or as a user does, from a package. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { run } from '../provision/commands';
import { provisionServer } from './provision';
import { inRepository } from './root';

/** What of the repository an installed extension consists of. */
const parts = ['package.json', 'package.nls.json', 'dist', 'media', 'l10n'];

/**
 * Copies the extension, as it is built now, below the `extensions` folder of a VS Code's data. Links would not do:
 * VS Code tells by the real path of a file whose extension it is.
 */
export async function installExtension(data: string): Promise<void> {
  await copyExtension(data, inRepository(), parts);
}

/** Copies the extension in `folder`, or what of it counts, below the `extensions` folder of a VS Code's data. */
export async function copyExtension(
  data: string,
  folder: string,
  parts = readdirSync(folder),
): Promise<void> {
  const { publisher, name, version } = JSON.parse(
    readFileSync(path.join(folder, 'package.json'), 'utf8'),
  ) as { publisher: string; name: string; version: string };
  const target = path.join(data, 'extensions', `${publisher}.${name}-${version}`);
  await fs.rm(target, { recursive: true, force: true });
  await fs.mkdir(target, { recursive: true });
  for (const part of parts) {
    const source = path.join(folder, part);
    if (existsSync(source)) await fs.cp(source, path.join(target, part), { recursive: true });
  }
}

/** Installs a .vsix file by VS Code's own installer, as a user does. */
export async function installPackage(data: string, file: string): Promise<void> {
  const { node, main } = await provisionServer();
  await run(node, [
    main,
    ...['--accept-server-license-terms', '--server-data-dir', data],
    ...['--extensions-dir', path.join(data, 'extensions')],
    ...['--install-extension', file],
  ]);
}
