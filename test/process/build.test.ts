import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { withFolder } from '../support/folders';

const sources = [
  'src/cli/cli.ts',
  'src/cli/main.ts',
  'src/extension.ts',
  'src/runner/problems/problemWorker.ts',
  'src/runner/supervisor/supervise.ts',
  'src/store/archive/archiveWorker.ts',
  'src/store/engine/snapshotWorker.ts',
  'src/pages/browser/taskPage/main.tsx',
  'src/pages/browser/dashboard/main.tsx',
];

/** A folder with the build script, an empty source for each program, and a file that an earlier build left. */
async function withProject(use: (folder: string, leftover: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    await copyFile('esbuild.js', path.join(folder, 'esbuild.js'));
    await symlink(path.resolve('node_modules'), path.join(folder, 'node_modules'), 'junction');
    await writeFile(path.join(folder, 'package.json'), '{"version": "1.0.0"}');
    const leftover = path.join(folder, 'dist', 'old', 'main-AAAAAAAA.js');
    for (const file of [...sources.map((name) => path.join(folder, name)), leftover]) {
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, '');
    }
    await use(folder, leftover);
  });
}

function build(folder: string): number | null {
  return spawnSync(process.execPath, ['esbuild.js'], { cwd: folder }).status;
}

describe('a build', () => {
  it('removes from dist/ what it did not write', () =>
    withProject(async (folder, leftover) => {
      assert.equal(build(folder), 0);
      assert.ok(!existsSync(path.dirname(leftover)));
      assert.ok(existsSync(path.join(folder, 'dist', 'pages', 'task.js')));
    }));

  it('removes nothing when a part of it fails, so that running programs keep their files', () =>
    withProject(async (folder, leftover) => {
      await writeFile(path.join(folder, 'src/pages/browser/dashboard/main.tsx'), 'const');
      assert.equal(build(folder), 1);
      assert.ok(existsSync(leftover));
    }));
});
