import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { findOnPath, isStandIn, windowsProgram } from '../../../src/system/programs';
import { useFolder } from '../../support/folders';

describe('a program that SparkQ starts', () => {
  const folder = useFolder();
  let before = process.cwd();

  beforeEach(function () {
    if (process.platform === 'win32') this.skip();
    before = process.cwd();
    for (const place of ['planted/bin', 'tools']) {
      fs.mkdirSync(path.join(folder(), place), { recursive: true });
      fs.writeFileSync(path.join(folder(), place, 'tool'), '#!/bin/sh\n', { mode: 0o755 });
    }
    fs.copyFileSync(path.join(folder(), 'tools/tool'), path.join(folder(), 'planted/tool'));
    process.chdir(path.join(folder(), 'planted'));
  });

  afterEach(() => process.chdir(before));

  it('is never one of the current folder, or of a relative entry of PATH', async () => {
    for (const relative of ['', '.', './bin', 'bin', '../planted']) {
      assert.equal(await findOnPath('tool', relative), null, relative);
      assert.equal(
        await findOnPath('tool', `${relative}:${folder()}/tools`),
        path.join(folder(), 'tools/tool'),
      );
    }
  });

  it('is a file that can be started', async () => {
    fs.chmodSync(path.join(folder(), 'tools/tool'), 0o644);
    fs.mkdirSync(path.join(folder(), 'other/tool'), { recursive: true });
    assert.equal(await findOnPath('tool', `${folder()}/tools:${folder()}/other:${folder()}/absent`), null);
  });

  it('is one that fits, and no alias of a program that is not installed', async () => {
    const place = (name: string) => path.join(folder(), name, 'tool');
    const found = `${folder()}/planted:${folder()}/tools`;
    assert.equal(await findOnPath('tool', found, (file) => file !== place('planted')), place('tools'));
    fs.rmSync(place('planted'));
    const alias = path.join(folder(), 'AppInstallerPythonRedirector.exe');
    fs.writeFileSync(alias, '', { mode: 0o755 });
    fs.symlinkSync(alias, place('planted'));
    assert.equal(await isStandIn(place('planted')), true);
    assert.equal(await findOnPath('tool', found), place('tools'));
  });

  it('is named by its absolute path where it belongs to Windows', () => {
    assert.equal(windowsProgram({ SystemRoot: 'D:\\Win' }, 'a', 'b.exe'), 'D:\\Win\\System32\\a\\b.exe');
    assert.equal(windowsProgram({}, 'b.exe'), 'C:\\Windows\\System32\\b.exe');
  });
});
