import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { writeSample } from '../../../../src/editor/commands/sampleFolder';
import { withFolder } from '../../../support/folders';

describe('the sample workspace', () => {
  it('is written in full into a new folder', () =>
    withFolder(async (parent) => {
      const folder = await writeSample('media/sample', path.join(parent, 'new'));
      assert.equal(folder, path.join(parent, 'new', 'sparkq-sample'));
      const names = await readdir('media/sample', { recursive: true });
      assert.deepEqual((await readdir(folder, { recursive: true })).sort(), names.sort());
    }));

  it('never overwrites anything', () =>
    withFolder(async (parent) => {
      const mine = path.join(parent, 'sparkq-sample');
      await mkdir(mine);
      await writeFile(path.join(mine, 'README.md'), 'mine');
      await writeFile(path.join(parent, 'sparkq-sample-2'), 'a file');
      assert.equal(await writeSample('media/sample', parent), path.join(parent, 'sparkq-sample-3'));
      assert.equal(await readFile(path.join(mine, 'README.md'), 'utf8'), 'mine');
      assert.deepEqual(await readdir(mine), ['README.md']);
    }));

  it('lists all its scripts in its README', async () => {
    const readme = await readFile('media/sample/README.md', 'utf8');
    const files = await readdir('media/sample/scripts', { recursive: true, withFileTypes: true });
    const scripts = files
      .filter((file) => file.isFile())
      .map(({ parentPath, name }) => path.posix.join(parentPath, name).replace('media/sample/', ''));
    assert.ok(scripts.length >= 4);
    for (const script of scripts) assert.ok(readme.includes(`\`${script}\``), script);
  });
});
