import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { leftovers, packagedExtension } from '../support/packagedExtension';
import { namesInZip } from '../support/zipFile';

const largest = 2 * 1024 * 1024;

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

describe('the packaged extension', () => {
  it('contains what is needed and nothing left by earlier builds, is small, and its command line runs', async () => {
    const { file, dist } = await packagedExtension();
    const zip = await fs.readFile(file);
    assert.ok(zip.length < largest, `${zip.length} bytes`);
    const names = namesInZip(zip).map((name) => name.replace(/^extension\//, ''));
    assert.deepEqual(
      leftovers.filter((name) => names.includes(`dist/${name}`)),
      [],
    );
    assert.deepEqual([...new Set(names.map(withoutDigest))].sort(), expected);

    const answer = execFileSync(process.execPath, [path.join(dist, 'cli.js'), '--version'], {
      encoding: 'utf8',
    });
    assert.match(answer, new RegExp(`\\b${version}\\b`));
  });
});

/** Parts of a program that are loaded late are named by what is in them. */
function withoutDigest(name: string): string {
  return name.replace(/^(dist\/\w+)-[A-Z0-9]{8}\.js$/, '$1-*.js');
}

const expected = [
  '[Content_Types].xml',
  'extension.vsixmanifest',
  'LICENSE.txt',
  'SUPPORT.md',
  'changelog.md',
  'dist/archiveWorker.js',
  'dist/cli.js',
  'dist/extension-*.js',
  'dist/extension.js',
  'dist/main-*.js',
  'dist/main.js',
  'dist/pages/dashboard.css',
  'dist/pages/dashboard.js',
  'dist/pages/task.css',
  'dist/pages/task.js',
  'dist/pg.js',
  'dist/pgpass.js',
  'dist/problemWorker.js',
  'dist/snapshotWorker.js',
  'dist/sql-wasm.js',
  'dist/sql-wasm.wasm',
  'dist/supervise.js',
  'dist/yaml.js',
  'l10n/bundle.l10n.de.json',
  'media/icon.png',
  'media/icon.svg',
  'media/sample/README.md',
  'media/sample/scripts/count_lines.py',
  'media/sample/scripts/failing.sh',
  'media/sample/scripts/hello.sh',
  'media/sample/scripts/inspect-payload.js',
  'media/sample/scripts/reports/disk-usage.sh',
  'media/sample/scripts/slow-build.sh',
  'media/sample/sparkq.yml',
  'media/sparkq.schema.json',
  'media/walkthrough/commandLine.svg',
  'media/walkthrough/enqueue.svg',
  'media/walkthrough/review.svg',
  'media/walkthrough/work.svg',
  'package.json',
  'package.nls.de.json',
  'package.nls.json',
  'readme.md',
  'skills/sparkq/SKILL.md',
].sort();
