import assert from 'node:assert/strict';
import { readTaskPageMessage, taskOfState } from '../../../../src/editor/taskPage/taskPageMessages';

const taskId = 'tsk_0123456789ab';

describe('a message from a task page', () => {
  it('is returned as it is if it is valid', () => {
    for (const message of [
      { type: 'focused' },
      { type: 'ready', attempt: null, raw: false },
      { type: 'ready', attempt: 2, raw: true },
      { type: 'run', command: 'requeue' },
      { type: 'approve', digest: 'd1', remember: true, follow_ups: false },
      { type: 'openTask', taskId },
      { type: 'openFile', path: 'src/a.ts', line: 3, column: 1 },
      { type: 'chooseAttempt', attempt: 1 },
      { type: 'chooseForm', raw: true },
      { type: 'showEarlier', stream: 'stderr', before: 0 },
      { type: 'openOutput', attempt: 1 },
      { type: 'openChange', path: 'src/a.ts' },
      { type: 'openChanges' },
      { type: 'readChanges' },
    ]) {
      assert.deepEqual(readTaskPageMessage({ page: taskId, message }, taskId), message);
    }
  });

  it('is undefined if it is invalid', () => {
    for (const message of [
      undefined,
      null,
      'ready',
      [],
      { type: 'other' },
      { type: 'run', command: 'sparkq.requeue' },
      { type: 'run', command: 'backUp' },
      { type: 'run', command: 'requeue', taskId },
      { type: 'approve', digest: '', remember: true, follow_ups: false },
      { type: 'approve', digest: 'd1' },
      { type: 'openTask', taskId: 'str_0123456789ab' },
      { type: 'openFile', path: '', line: 1, column: 1 },
      { type: 'openFile', path: 'a'.repeat(5_000), line: 1, column: 1 },
      { type: 'openFile', path: 'a.ts', line: -1, column: 1 },
      { type: 'openFile', path: 'a.ts', line: '1', column: 1 },
      { type: 'chooseAttempt', attempt: 0 },
      { type: 'chooseForm', raw: 'yes' },
      { type: 'ready', attempt: null },
      { type: 'chooseAttempt', attempt: 1.5 },
      { type: 'showEarlier', stream: 'stdin', before: 1 },
      { type: 'showEarlier', stream: 'stdout', before: Number.NaN },
    ]) {
      const sent = { page: taskId, message };
      assert.equal(readTaskPageMessage(sent, taskId), undefined, JSON.stringify(message));
    }
    for (const sent of [null, { type: 'focused' }, { message: { type: 'focused' } }])
      assert.equal(readTaskPageMessage(sent, taskId), undefined, JSON.stringify(sent));
  });

  it('is undefined if the page is that of another task, whose panel this one took', () => {
    const message = { type: 'run', command: 'deleteTask' };
    assert.equal(readTaskPageMessage({ page: 'tsk_ffffffffffff', message }, taskId), undefined);
    assert.deepEqual(readTaskPageMessage({ page: taskId, message }, taskId), message);
  });
});

describe('the state of a restored page', () => {
  it('names its task, or is ignored', () => {
    assert.equal(taskOfState({ taskId, attempt: null, scrolled: 9 }), taskId);
    for (const state of [undefined, null, 'tsk_0123456789ab', {}, { taskId: 7 }, { taskId: '../x' }]) {
      assert.equal(taskOfState(state), undefined);
    }
  });
});
