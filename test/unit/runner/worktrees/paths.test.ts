import assert from 'node:assert/strict';
import * as path from 'node:path';
import { headIn } from '../../../../src/runner/worktrees/checkout';
import { folderNameOf } from '../../../../src/runner/worktrees/records';

describe('the folder for the worktrees of a repository', () => {
  const windows = {
    'C:\\work\\app\\.git': 'app',
    'D:\\git\\app.git': 'app',
    'C:\\work\\con\\.git': 'con',
    'C:\\work\\dots..\\.git': 'dots..',
    'C:\\work\\a b (1)\\.git': 'a_b__1_',
    'C:\\work\\工作\\.git': '__',
    '\\\\server\\share\\app\\.git': 'app',
    'C:\\.git': '',
  };

  it('has a name that Windows takes, and that of no other repository', () => {
    const names = Object.entries(windows).map(([common, start]) => {
      const name = folderNameOf(common, path.win32);
      assert.equal(name.slice(0, -9), start, common);
      return name;
    });
    for (const name of names) assert.match(name, /^[\w.-]*-[0-9a-f]{8}$/);
    assert.equal(new Set(names).size, names.length);
  });

  it('has a short name where the repository has a long one', () => {
    const name = folderNameOf(`/work/${'long'.repeat(60)}/.git`, path.posix);
    assert.equal(name.length, 109);
    assert.notEqual(name, folderNameOf(`/work/${'long'.repeat(61)}/.git`, path.posix));
  });
});

describe('the list of worktrees', () => {
  const list = (folder: string) => `worktree /main\nHEAD 1111\n\nworktree ${folder}\nHEAD 2222\nlocked\n\n`;

  it('names one as git writes it, which is not how Node does', () => {
    const folder = 'C:\\Users\\me\\worktrees\\app-00000000\\tsk_1';
    for (const there of [
      'C:/Users/me/worktrees/app-00000000/tsk_1',
      'c:/Users/Me/worktrees/app-00000000/tsk_1',
    ])
      assert.equal(headIn(list(there), folder, path.win32), '2222');
    assert.equal(headIn(list('C:/Users/me/worktrees/app-00000000/tsk_12'), folder, path.win32), null);
  });

  it('tells upper case from lower case where the system does', () => {
    assert.equal(headIn(list('/a b/tsk_1'), '/a b/tsk_1', path.posix), '2222');
    assert.equal(headIn(list('/A b/tsk_1'), '/a b/tsk_1', path.posix), null);
  });
});
