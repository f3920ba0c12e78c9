/** The extension as it is published: made by `npm run package`, and kept in out/package until something changes. */

import { execSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { inRepository } from '../vscode/root';

/** What a package is made of; bundles are built anew, where they disturb no other test. */
const files = [
  ...['package.json', 'package.nls.json', 'package.nls.de.json', 'esbuild.js', '.vscodeignore'],
  ...['README.md', 'CHANGELOG.md', 'LICENSE', 'SUPPORT.md'],
];
const copiedFolders = ['media', 'l10n', 'skills'];
const linkedFolders = ['src', 'node_modules'];
/** What earlier builds left in dist/ where the package is made: it must not get into it. */
export const leftovers = ['pages/task.js.map', 'main-AAAAAAAA.js', 'pages/old/page.js'];
/** Says for all of node_modules what is in it. */
const lock = 'package-lock.json';

export interface PackagedExtension {
  /** The .vsix file. */
  file: string;
  /** The bundles that went into it. */
  dist: string;
}

/** Packages the extension, unless that was done before with these very files. */
export async function packagedExtension(): Promise<PackagedExtension> {
  const place = inRepository('out', 'package');
  const folder = path.join(place, fingerprint());
  if (!existsSync(folder)) {
    await fs.rm(place, { recursive: true, force: true });
    await fs.mkdir(place, { recursive: true });
    // Built beside it and moved, so that what is there is whole.
    const building = await fs.mkdtemp(path.join(place, 'building-'));
    await copyParts(building);
    await plantLeftovers(path.join(building, 'dist'));
    execSync('npm run package', { cwd: building, stdio: 'pipe' });
    await fs.rename(building, folder);
  }
  const { name, version } = JSON.parse(readFileSync(inRepository('package.json'), 'utf8')) as {
    name: string;
    version: string;
  };
  return { file: path.join(folder, `${name}-${version}.vsix`), dist: path.join(folder, 'dist') };
}

async function copyParts(target: string): Promise<void> {
  for (const name of files) await fs.copyFile(inRepository(name), path.join(target, name));
  for (const name of copiedFolders) {
    await fs.cp(inRepository(name), path.join(target, name), { recursive: true });
  }
  for (const name of linkedFolders) {
    await fs.symlink(inRepository(name), path.join(target, name), 'junction');
  }
}

/** Puts a map, a bundle and a folder of earlier builds where the package is built. */
async function plantLeftovers(dist: string): Promise<void> {
  for (const name of leftovers) {
    await fs.mkdir(path.dirname(path.join(dist, name)), { recursive: true });
    await fs.writeFile(path.join(dist, name), '');
  }
}

/** A digest of all that goes into a package. */
function fingerprint(): string {
  const digest = createHash('sha256');
  for (const name of [...files, lock, ...copiedFolders, 'src'].flatMap(filesOf)) {
    digest
      .update(`${name}\0`)
      .update(readFileSync(inRepository(name)))
      .update('\0');
  }
  return digest.digest('hex').slice(0, 16);
}

function filesOf(name: string): string[] {
  if (!statSync(inRepository(name)).isDirectory()) return [name];
  return readdirSync(inRepository(name), { recursive: true, encoding: 'utf8' })
    .map((part) => path.join(name, part))
    .filter((part) => statSync(inRepository(part)).isFile())
    .sort();
}
