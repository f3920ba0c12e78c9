import assert from 'node:assert/strict';
import path from 'node:path';
import { folderOfWork, innermost } from '../../../src/scripts/paths';

describe('the folder that a task comes from', () => {
  const a = path.resolve('/work/a');
  const inner = path.join(a, 'packages', 'b');
  const ab = path.resolve('/work/ab');

  it('is the innermost that its cwd is in', () => {
    assert.equal(innermost([a, inner, ab], path.join(inner, 'src')), inner);
    assert.equal(innermost([a, inner, ab], path.join(a, 'packages')), a);
    assert.equal(innermost([a, inner, ab], ab), ab);
    assert.equal(innermost([a, inner], ab), undefined);
  });

  it('is none of the others unless that is absolute', () => {
    assert.equal(folderOfWork({ cwd: ab }, [ab]), ab);
    for (const payload of [{ cwd: 'ab' }, { cwd: 3 }, {}, null, undefined, 'text', [ab]]) {
      assert.equal(folderOfWork(payload, [ab, path.resolve('ab')]), undefined, JSON.stringify(payload));
    }
  });
});
