import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { posixShim } from '../../../src/system/commandLineShim';
import { withFolder } from '../../support/folders';

/** A command line that prints its name and its arguments. */
async function installVersion(extensions: string, name: string): Promise<string> {
  const folder = path.join(extensions, name);
  await mkdir(path.join(folder, 'dist'), { recursive: true });
  const text = `console.log([${JSON.stringify(name)}, process.env.ELECTRON_RUN_AS_NODE ?? '-', ...process.argv.slice(2)].join('|')); process.exitCode = 4;`;
  await writeFile(path.join(folder, 'dist', 'cli.js'), text);
  return folder;
}

interface Stage {
  extensions: string;
  /** Runs the shim with /bin/sh; `onPath`: there is a node on PATH. */
  run(options?: { onPath?: boolean }, ...args: string[]): ReturnType<typeof spawnSync>;
}

async function withShim(use: (stage: Stage) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const extensions = path.join(folder, "it's the $HOME of extensions");
    const extension = await installVersion(extensions, 'sparkq.sparkq-0.9.0');
    const shim = path.join(folder, 'sparkq');
    await writeFile(shim, posixShim({ extension, editor: process.execPath, home: folder }));
    await chmod(shim, 0o755);
    const nowhere = path.join(folder, 'nowhere');
    await use({
      extensions,
      run: ({ onPath = true } = {}, ...args) =>
        spawnSync('/bin/sh', [shim, ...args], {
          encoding: 'utf8',
          env: { PATH: onPath ? path.dirname(process.execPath) : nowhere },
        }),
    });
  });
}

const posixOnly = process.platform === 'win32' ? describe.skip : describe;

posixOnly('the sparkq shim', () => {
  it('starts the highest version, passes arguments on unchanged, and exits with its exit code', () =>
    withShim(async ({ extensions, run }) => {
      await installVersion(extensions, 'sparkq.sparkq-0.10.2-linux-x64');
      await installVersion(extensions, 'sparkq.sparkq-0.10.1');
      await installVersion(extensions, 'sparkq.sparkq-0.2.99');
      const { stdout, status } = run({}, 'enqueue', 'two words', '*', '');
      assert.equal(stdout, 'sparkq.sparkq-0.10.2-linux-x64|-|enqueue|two words|*|\n');
      assert.equal(status, 4);
    }));

  it('skips folders without a command line or with a name that is not a version', () =>
    withShim(async ({ extensions, run }) => {
      await mkdir(path.join(extensions, 'sparkq.sparkq-3.0.0'));
      await installVersion(extensions, 'sparkq.sparkq-next');
      await installVersion(extensions, 'sparkq.sparkq-1.2.3.4');
      await installVersion(extensions, 'sparkq.sparkq-extras-2.0.0');
      assert.equal(run().stdout, 'sparkq.sparkq-0.9.0|-\n');
    }));

  it("uses the editor's Node.js if there is none on PATH, and needs no other program", () =>
    withShim(async ({ run }) => {
      const { stdout, stderr } = run({ onPath: false }, 'status');
      assert.equal(stderr, '');
      assert.equal(stdout, 'sparkq.sparkq-0.9.0|1|status\n');
    }));

  it('reports that the extension was removed', () =>
    withShim(async ({ extensions, run }) => {
      await rm(extensions, { recursive: true });
      const { stderr, status } = run();
      assert.equal(stderr, 'sparkq: the SparkQ extension is no longer installed\n');
      assert.equal(status, 127);
    }));

  it('starts an extension in a folder of another name if none is installed', () =>
    withFolder(async (folder) => {
      const extension = await installVersion(folder, 'main');
      const text = posixShim({ extension, editor: process.execPath, home: folder });
      const { stdout } = spawnSync('/bin/sh', ['-c', text], { encoding: 'utf8' });
      assert.equal(stdout, 'main|-\n');
    }));
});
