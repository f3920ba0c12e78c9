import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { findProgram } from '../../src/runner/command/program';
import { findOnPath } from '../../src/system/programs';
import { makeFolder, useFolder } from '../support/folders';

describe('a program on Windows', () => {
  const folder = useFolder();

  /** Puts a program into a folder of its own; answers its path. */
  function put(name: string): string {
    const file = path.join(makeFolder(folder(), path.parse(name).name), name);
    fs.writeFileSync(file, '');
    return file;
  }

  it('is found by its name without ending, even if that has a dot', async () => {
    for (const file of [put('python3.12.exe'), put('npm.cmd'), put('tool.bat')]) {
      const { dir, name, base } = path.parse(file);
      for (const given of [name, base, base.toUpperCase()]) {
        const found = await findOnPath(given, dir);
        assert.equal(found?.toLowerCase(), file.toLowerCase(), given);
      }
    }
  });

  it('is not found by another name, or in a folder that is not absolute', async () => {
    const { dir, name } = path.parse(put('tool.exe'));
    const { root } = path.parse(dir);
    assert.equal(await findOnPath('too', dir), null);
    for (const entry of [`\\${path.relative(root, dir)}`, `${root.slice(0, 2)}${name}`, '', '.'])
      assert.equal(await findOnPath(name, entry), null, entry);
    assert.notEqual(await findOnPath(name, `.;;"${dir}"`), null);
  });

  it('is Python or PowerShell under whichever name it was installed', async () => {
    const names = { python3: ['py.exe', 'python.exe', 'python3.exe'], pwsh: ['powershell.exe', 'pwsh.exe'] };
    for (const [asked, files] of Object.entries(names)) {
      const folders: string[] = [];
      for (const file of files.map(put)) {
        folders.push(path.dirname(file));
        assert.equal(await findProgram(asked, folders.join(path.delimiter), folder()), file);
      }
    }
  });
});
