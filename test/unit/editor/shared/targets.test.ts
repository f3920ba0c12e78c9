import assert from 'node:assert/strict';
import {
  scriptPaths,
  selectionTarget,
  sessionIds,
  streamIds,
  taskIds,
} from '../../../../src/editor/shared/targets';

const task = (taskId: string) => ({ taskId });

describe('what a command was given', () => {
  it('is nothing from the palette', () => {
    assert.deepEqual(taskIds(), []);
    assert.deepEqual(streamIds(undefined, undefined), []);
  });

  it('is the clicked row, or all selected ones when it is among them', () => {
    const [a, b, c] = [task('a'), task('b'), task('c')];
    assert.deepEqual(taskIds(a), ['a']);
    assert.deepEqual(taskIds(a, [a, b]), ['a', 'b']);
    assert.deepEqual(taskIds(c, [a, b]), ['c']);
  });

  it('leaves selected rows of another kind out', () => {
    assert.deepEqual(taskIds(task('a'), [{ streamId: 's' }, task('a'), task('b')]), ['a', 'b']);
    assert.deepEqual(streamIds({ streamId: 's' }, [{ streamId: 's' }, task('a')]), ['s']);
    assert.deepEqual(sessionIds({ sessionId: 's' }), ['s']);
    assert.deepEqual(taskIds({ streamId: 's' }), []);
  });

  it('is what is selected in a view, where a key says which', () => {
    assert.equal(selectionTarget({ selectionIn: 'sparkq.queue' }), 'sparkq.queue');
    assert.equal(selectionTarget(task('a')), undefined);
    assert.equal(selectionTarget(undefined), undefined);
  });

  it('is a path, of a file or of a row of the Scripts view', () => {
    const file = { scheme: 'file', fsPath: '/w/scripts/a.sh' };
    assert.deepEqual(scriptPaths({ scriptPath: 'scripts/a.sh' }), ['scripts/a.sh']);
    // The menu of the Explorer hands over copies: the clicked file is another object than the selected one.
    assert.deepEqual(scriptPaths({ ...file }, [{ ...file }, { ...file, fsPath: '/w/b.sh' }]), [
      '/w/scripts/a.sh',
      '/w/b.sh',
    ]);
    assert.deepEqual(scriptPaths(file, { groupId: 0 }), ['/w/scripts/a.sh']);
  });
});
