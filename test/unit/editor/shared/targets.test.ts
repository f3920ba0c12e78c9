import assert from 'node:assert/strict';
import {
  scriptPaths,
  selectionTarget,
  sessionIds,
  streamIds,
  taskIds,
} from '../../../../src/editor/shared/targets';

const task = (taskId: string) => ({ taskId });

describe('the targets of a command', () => {
  it('are none when it is called from the palette', () => {
    assert.deepEqual(taskIds(), []);
    assert.deepEqual(streamIds(undefined, undefined), []);
  });

  it('are the clicked row, or all selected rows if it is one of them', () => {
    const [a, b, c] = [task('a'), task('b'), task('c')];
    assert.deepEqual(taskIds(a), ['a']);
    assert.deepEqual(taskIds(a, [a, b]), ['a', 'b']);
    assert.deepEqual(taskIds(c, [a, b]), ['c']);
  });

  it('leave out selected rows of another kind', () => {
    assert.deepEqual(taskIds(task('a'), [{ streamId: 's' }, task('a'), task('b')]), ['a', 'b']);
    assert.deepEqual(streamIds({ streamId: 's' }, [{ streamId: 's' }, task('a')]), ['s']);
    assert.deepEqual(sessionIds({ sessionId: 's' }), ['s']);
    assert.deepEqual(taskIds({ streamId: 's' }), []);
  });

  it('are the selection of the view that a keybinding names', () => {
    assert.equal(selectionTarget({ selectionIn: 'sparkq.queue' }), 'sparkq.queue');
    assert.equal(selectionTarget(task('a')), undefined);
    assert.equal(selectionTarget(undefined), undefined);
  });

  it('are paths, of a file or of a row in the Scripts view', () => {
    const file = { scheme: 'file', fsPath: '/w/scripts/a.sh' };
    assert.deepEqual(scriptPaths({ scriptPath: 'scripts/a.sh' }), ['scripts/a.sh']);
    // The Explorer's menu passes copies: the clicked file is not the same object as the selected one.
    assert.deepEqual(scriptPaths({ ...file }, [{ ...file }, { ...file, fsPath: '/w/b.sh' }]), [
      '/w/scripts/a.sh',
      '/w/b.sh',
    ]);
    assert.deepEqual(scriptPaths(file, { groupId: 0 }), ['/w/scripts/a.sh']);
  });
});
