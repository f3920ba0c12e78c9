import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { findOnPath, isStandIn, windowsProgram } from '../../../src/system/programs';
import { useFolder } from '../../support/folders';
import { onPlatform } from '../../support/windowsFiles';

describe('a program that SparkQ starts', () => {
  /** The name of the file that is found as `tool`. */
  const tool = process.platform === 'win32' ? 'tool.exe' : 'tool';
  const place = (name: string) => path.join(folder(), name, tool);
  const searchPath = (...folders: string[]) => folders.join(path.delimiter);
  let before = process.cwd();

  // Before the folder is removed: Windows keeps that of a process.
  afterEach(() => process.chdir(before));
  const folder = useFolder();

  beforeEach(() => {
    before = process.cwd();
    for (const name of ['planted', 'planted/bin', 'tools']) {
      fs.mkdirSync(path.join(folder(), name), { recursive: true });
      fs.writeFileSync(place(name), '#!/bin/sh\n', { mode: 0o755 });
    }
    process.chdir(path.join(folder(), 'planted'));
  });

  it('is never one of the current folder, or of a relative entry of PATH', async () => {
    for (const relative of ['', '.', './bin', 'bin', '../planted']) {
      assert.equal(await findOnPath('tool', relative), null, relative);
      const found = await findOnPath('tool', searchPath(relative, path.join(folder(), 'tools')));
      assert.equal(found, place('tools'));
    }
  });

  it('is a file that can be started', async function () {
    // Every file can be started that has such a name.
    if (process.platform === 'win32') this.skip();
    fs.chmodSync(place('tools'), 0o644);
    fs.mkdirSync(place('other'), { recursive: true });
    const folders = ['tools', 'other', 'absent'].map((name) => path.join(folder(), name));
    assert.equal(await findOnPath('tool', searchPath(...folders)), null);
  });

  it('is one that fits, and no alias of a program that is not installed', async function () {
    const both = searchPath(path.join(folder(), 'planted'), path.join(folder(), 'tools'));
    assert.equal(await findOnPath('tool', both, (file) => file !== place('planted')), place('tools'));
    fs.rmSync(place('planted'));
    // Only Windows itself makes an alias there.
    if (process.platform === 'win32') this.skip();
    const alias = path.join(folder(), 'AppInstallerPythonRedirector.exe');
    fs.writeFileSync(alias, '', { mode: 0o755 });
    fs.symlinkSync(alias, place('planted'));
    assert.equal(await isStandIn(place('planted')), true);
    assert.equal(await findOnPath('tool', both), place('tools'));
  });

  it('is no place holder of the developer tools of macOS, which would ask the user to install them', () =>
    onPlatform('darwin', async () => {
      const [yes, no] = [() => Promise.resolve(true), () => Promise.resolve(false)];
      for (const name of ['git', 'python3']) {
        assert.equal(await isStandIn(`/usr/bin/${name}`, no), true);
        assert.equal(await isStandIn(`/usr/bin/${name}`, yes), false);
        assert.equal(await isStandIn(`/opt/homebrew/bin/${name}`, no), false);
      }
      assert.equal(await isStandIn('/usr/bin/env', no), false);
    }));

  it('is the next on the PATH where macOS has only such a place holder', async function () {
    // The machine of this test must have the program, and no developer tools of Apple.
    if (process.platform !== 'linux' || !fs.existsSync('/usr/bin/git')) this.skip();
    fs.copyFileSync(path.join(folder(), 'tools/tool'), path.join(folder(), 'tools/git'));
    await onPlatform('darwin', async () => {
      const searchPath = `/usr/bin:${folder()}/tools`;
      assert.equal(await findOnPath('git', searchPath), path.join(folder(), 'tools/git'));
    });
    assert.equal(await findOnPath('git', `/usr/bin:${folder()}/tools`), '/usr/bin/git');
  });

  it('is named by its absolute path where it belongs to Windows', () => {
    assert.equal(windowsProgram({ SystemRoot: 'D:\\Win' }, 'a', 'b.exe'), 'D:\\Win\\System32\\a\\b.exe');
    assert.equal(windowsProgram({}, 'b.exe'), 'C:\\Windows\\System32\\b.exe');
  });
});
