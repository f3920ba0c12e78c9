import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { filesMatching } from '../../../src/system/glob';
import { withFolder } from '../../support/folders';

/** A folder with these files; a name that ends with a slash is a folder. */
function withFiles(names: readonly string[], use: (folder: string) => void): Promise<void> {
  return withFolder(async (folder) => {
    for (const name of names) {
      fs.mkdirSync(path.join(folder, name.endsWith('/') ? name : path.dirname(name)), { recursive: true });
      if (!name.endsWith('/')) fs.writeFileSync(path.join(folder, name), '');
    }
    use(folder);
  });
}

describe('The files that match a pattern', () => {
  const files = [
    'data/b.csv',
    'data/a 1.csv',
    'data/run10.csv',
    'data/run9.csv',
    'data/数据.csv',
    'data/-x.csv',
    'data/.hidden.csv',
    'data/c.txt',
    'data/sub/deep.csv',
    'data/sub/below/deeper.csv',
    'data/.git/no.csv',
    'data/folder.csv/',
    'data/[1]+(a).csv',
    'data/!c (1).log',
    '!important.csv',
    'empty/',
  ];
  const cases: [pattern: string, ...found: string[]][] = [
    ['data/run*.csv', 'data/run9.csv', 'data/run10.csv'],
    ['data/?.csv', 'data/b.csv'],
    ['data/[a-b].csv', 'data/b.csv'],
    ['data/[!a].csv', 'data/b.csv'],
    ['data/*.{txt,md}', 'data/c.txt'],
    ['data/!c (1).log', 'data/!c (1).log'],
    ['!important.csv', '!important.csv'],
    ['data/{b,c}.{csv,txt}', 'data/b.csv', 'data/c.txt'],
    ['data/数*', 'data/数据.csv'],
    ['data/.*.csv', 'data/.hidden.csv'],
    ['data/-*', 'data/-x.csv'],
    ['data/*+(a).csv', 'data/[1]+(a).csv'],
    ['data/b.csv', 'data/b.csv'],
    ['data/**/deep*.csv', 'data/sub/below/deeper.csv', 'data/sub/deep.csv'],
    ['data/**/b.csv', 'data/b.csv'],
    ['**/c.txt', 'data/c.txt'],
    ['data/*/', 'data/folder.csv/', 'data/sub/'],
    ['data/missing.csv'],
    ['missing/*.csv'],
    ['empty/*'],
    ['data'],
  ];
  for (const [pattern, ...found] of cases) {
    it(`${pattern}: ${found.join(', ') || 'none'}`, () =>
      withFiles(files, (folder) => assert.deepEqual(filesMatching(pattern, folder), found)));
  }

  it('are all of a folder but hidden ones and folders', () =>
    withFiles(files, (folder) => {
      const found = filesMatching('data/*.csv', folder);
      assert.deepEqual(
        [...found].sort(),
        files.filter((name) => /^data\/[^./][^/]*\.csv$/.test(name)).sort(),
      );
    }));

  it('may be named by an absolute pattern, or from a folder above', () =>
    withFiles(files, (folder) => {
      const absolute = path.join(folder, 'data', 'b.csv');
      const pattern = `${folder}/data/b*`;
      // On Windows the folder keeps the separators that it was named with.
      assert.deepEqual(filesMatching(pattern, '/').map(path.normalize), [absolute]);
      assert.deepEqual(filesMatching('../data/b*', path.join(folder, 'empty')), ['../data/b.csv']);
    }));

  it('are found through no circle of links', () =>
    withFiles(['a/x.csv'], (folder) => {
      fs.symlinkSync('..', path.join(folder, 'a', 'up'), 'dir');
      assert.deepEqual(filesMatching('**/x.csv', folder), ['a/x.csv']);
    }));
});
