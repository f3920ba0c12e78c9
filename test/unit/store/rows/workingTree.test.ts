import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { workingTreeOf } from '../../../../src/store/rows/workingTree';
import { useFolder } from '../../../support/folders';

describe('The working tree of a run', () => {
  const folder = useFolder('work/repo/.git', 'work/repo/packages/a', 'work/inner', 'other/.git', 'plain');
  const root = () => fs.realpathSync.native(folder());
  const at = (...names: string[]) => path.join(root(), ...names);
  const name = (payload: unknown, cwd: string | null = null, workspace = at('work')) =>
    path.relative(root(), workingTreeOf(payload, cwd, workspace)).replaceAll(path.sep, '/');

  it('is one for all folders of a repository, wherever the workspace begins', () => {
    assert.equal(name({ cwd: 'repo' }), 'work/repo');
    assert.equal(name({ cwd: 'repo/packages/a' }), 'work/repo');
    assert.equal(name({}, 'repo/packages'), 'work/repo');
    assert.equal(name({}, null, at('work/repo/packages/a')), 'work/repo');
  });

  it('is that of another folder for a task that comes from there, also by a link', () => {
    fs.symlinkSync(at('other'), at('work/link'), 'junction');
    assert.equal(name({ cwd: at('other') }, 'repo'), 'other');
    assert.equal(name({ cwd: 'link' }), 'other');
  });

  it('is the workspace where there is no repository, and the folder itself outside of that', () => {
    assert.equal(name({ cwd: 'inner' }), 'work');
    assert.equal(name({ cwd: ' ' }), 'work');
    assert.equal(name(null), 'work');
    assert.equal(name({ cwd: at('plain') }), 'plain');
    assert.equal(name({ cwd: at('gone') }), 'gone');
  });
});
