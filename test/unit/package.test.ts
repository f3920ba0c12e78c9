import assert from 'node:assert/strict';
import { execFileSync, execSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { withFolder } from '../support/folders';
import { namesInZip } from '../support/zipFile';

/** What a package is made of; bundles are built anew, where they disturb no other test. */
const copied = ['package.json', 'package.nls.json', 'package.nls.de.json', 'esbuild.js', '.vscodeignore'];
const pages = ['README.md', 'CHANGELOG.md', 'LICENSE', 'SUPPORT.md'];
const folders = ['media', 'l10n'];
const linked = ['src', 'node_modules'];

const largest = 2 * 1024 * 1024;

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

describe('the packaged extension', function () {
  this.timeout(120_000);

  it('holds what is needed and nothing else, is small, and its command line runs', () =>
    withFolder(async (folder) => {
      for (const name of [...copied, ...pages]) await fs.copyFile(name, path.join(folder, name));
      for (const name of folders) await fs.cp(name, path.join(folder, name), { recursive: true });
      for (const name of linked) {
        await fs.symlink(path.resolve(name), path.join(folder, name), 'junction');
      }
      execSync('npm run package', { cwd: folder, stdio: 'pipe' });

      const file = path.join(folder, `sparkq-${version}.vsix`);
      const zip = await fs.readFile(file);
      assert.ok(zip.length < largest, `${zip.length} bytes`);
      const names = namesInZip(zip).map((name) => name.replace(/^extension\//, ''));
      assert.deepEqual(names.sort(), expected);

      const answer = execFileSync(process.execPath, [path.join(folder, 'dist', 'cli.js'), '--version'], {
        encoding: 'utf8',
      });
      assert.match(answer, new RegExp(`\\b${version}\\b`));
    }));
});

const expected = [
  '[Content_Types].xml',
  'extension.vsixmanifest',
  'LICENSE.txt',
  'SUPPORT.md',
  'changelog.md',
  'dist/cli.js',
  'dist/extension.js',
  'dist/main.js',
  'dist/pages/task.css',
  'dist/pages/task.js',
  'dist/snapshotWorker.js',
  'dist/sql-wasm.wasm',
  'dist/supervise.js',
  'l10n/bundle.l10n.de.json',
  'media/icon.png',
  'media/icon.svg',
  'media/sparkq.schema.json',
  'media/walkthrough/commandLine.svg',
  'media/walkthrough/enqueue.svg',
  'media/walkthrough/review.svg',
  'media/walkthrough/work.svg',
  'package.json',
  'package.nls.de.json',
  'package.nls.json',
  'readme.md',
].sort();
